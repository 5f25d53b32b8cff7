import type { Pooling } from "../engine-messages.ts";

/** GGUF's `pooling_type` by number; 0 is none, 4 a reranker's score. */
export const POOLING_TYPES = { mean: 1, cls: 2, last: 3 } as const satisfies Record<Pooling, number>;

/** Null where a file names none that makes an embedding. */
export function parsePoolingType(value: unknown): Pooling | null {
  switch (value) {
    case POOLING_TYPES.mean:
      return "mean";
    case POOLING_TYPES.cls:
      return "cls";
    case POOLING_TYPES.last:
      return "last";
    default:
      return null;
  }
}
