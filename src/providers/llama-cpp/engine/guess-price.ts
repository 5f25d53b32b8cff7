import type { TimedDecode } from "./decode-clock.ts";

/** What a further token in a decode costs, as a share of a decode of its own. */
export interface GuessPrice {
  readonly value: number;
  /** The same before anything was measured. */
  readonly assumed: number;
  /** Of an answer that is alone. */
  record(decode: TimedDecode): void;
}

/** Before anything was measured: a third on a CPU with AVX-512, more than half on one of 2017; little on an accelerator. */
const CPU_PRICE = 0.4;
const GPU_PRICE = 0.15;
/** Above the highest a guess that was nearly always right would still be made. */
const RANGE = [0.1, 0.8] as const;
/** Decodes of more tokens hold a prompt. */
const MOST_TOKENS = 16;
/** Share that an older decode keeps of its weight with each new one: the last few hundred count. */
const MEMORY = 0.995;
/** Weight of what was measured, in decodes, from which on it counts. */
const ENOUGH = 32;
/** A decode that took longer than so many times what was expected counts as that: something else had the cores. */
const MOST_SLOWER = 2;

/**
 * Fits a line through the times of decodes by their number of tokens. Processors differ: one is busy with fetching the
 * weights, so that a few more tokens come cheap, another with multiplying them.
 */
export function createGuessPrice(options: { readonly isCpu: boolean }): GuessPrice {
  const initial = options.isCpu ? CPU_PRICE : GPU_PRICE;
  const sums = { weight: 0, tokens: 0, squares: 0, ms: 0, products: 0 };

  function fitLine(): { readonly base: number; readonly slope: number } | null {
    const { weight, tokens, squares, ms, products } = sums;
    const spread = weight * squares - tokens * tokens;
    // Decodes of one length alone tell nothing about others.
    if (weight < ENOUGH || spread < weight * weight * 0.1) return null;
    const slope = (weight * products - tokens * ms) / spread;
    return { slope, base: (ms - slope * tokens) / weight };
  }

  return {
    assumed: initial,
    get value() {
      const line = fitLine();
      if (line === null || line.slope + line.base <= 0) return initial;
      return Math.min(RANGE[1], Math.max(RANGE[0], line.slope / (line.slope + line.base)));
    },
    record(decode) {
      const { tokens } = decode;
      if (tokens > MOST_TOKENS) return;
      const line = fitLine();
      const most = line === null ? decode.ms : MOST_SLOWER * (line.base + line.slope * tokens);
      const ms = Math.min(decode.ms, most);
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] *= MEMORY;
      sums.weight += 1;
      sums.tokens += tokens;
      sums.squares += tokens * tokens;
      sums.ms += ms;
      sums.products += ms * tokens;
    },
  };
}
