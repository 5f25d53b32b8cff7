import type { LlamaContext } from "node-llama-cpp";
import { openContext, replaceMethod } from "./native-parts.ts";

export interface TimedDecode {
  readonly ms: number;
  /** Of all sequences in it. */
  readonly tokens: number;
}

export interface DecodeClock {
  /** The newest decode, told once however many answers had a part in it; null when it was told before. */
  take(): TimedDecode | null;
}

/** Times a context's decodes, without what waits before them and is sampled behind them. */
export function createDecodeClock(context: LlamaContext, now: () => number): DecodeClock {
  const { _ctx: native } = openContext(context);
  const initBatch = native.initBatch.bind(native);
  const decodeBatch = native.decodeBatch.bind(native);
  let tokens = 0;
  let newest: TimedDecode | null = null;

  replaceMethod(native, "initBatch", (size) => {
    tokens = size;
    initBatch(size);
  });
  replaceMethod(native, "decodeBatch", async () => {
    const startedAt = now();
    await decodeBatch();
    newest = { ms: now() - startedAt, tokens };
  });

  return {
    take() {
      const taken = newest;
      newest = null;
      return taken;
    },
  };
}
