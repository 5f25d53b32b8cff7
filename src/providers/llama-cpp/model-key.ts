import type { EngineModel } from "./engine-messages.ts";

/** Two specs with the same key are the same loaded model. */
export function keyOf({ path, version, adapterPath, use, pooling }: EngineModel): string {
  return JSON.stringify([path, version, adapterPath, use, pooling]);
}
