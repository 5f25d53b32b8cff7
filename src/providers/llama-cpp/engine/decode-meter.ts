import type { EnginePulse } from "../engine-messages.ts";
import type { SampledStep } from "./job-run.ts";
import type { ThreadGovernor } from "./thread-governor.ts";

/** Counts and times decodes. */
export interface DecodeMeter {
  /** Only grows. */
  readonly decodes: number;
  /** Tokens were sampled. */
  recordStep(governor: ThreadGovernor, step: SampledStep): void;
  /** A part of a prompt was evaluated. */
  recordBatch(): void;
  /** An input was made a vector. */
  recordInput(governor: ThreadGovernor, input: { readonly ms: number; readonly tokens: number }): void;
  /** Prompts on their way in make others' inputs look slow. */
  recordPrompt<T>(placing: Promise<T>): Promise<T>;
  /** Speed since the last call. */
  read(): Pick<EnginePulse, "decodes" | "msPerToken" | "tokensPerSecond">;
}

/** Weight of the newest decode in the running mean of decode times. */
const NEWEST_SHARE = 0.05;

/** Inputs of at least this many tokens are compared by their time for as many; in shorter ones other work weighs more. */
const INPUT_TOKENS = 64;

export function createDecodeMeter(now: () => number = () => performance.now()): DecodeMeter {
  let decodes = 0;
  let tokens = 0;
  let prompts = 0;
  let msPerToken: number | null = null;
  let last = { tokens: 0, atMs: now() };

  return {
    get decodes() {
      return decodes;
    },
    recordStep(governor, { decode, answers, sampled }) {
      decodes++;
      tokens += sampled;
      if (decode === null) {
        governor.tick();
        return;
      }
      const { ms } = decode;
      // A token for each answer: so long does each wait for its next one.
      if (decode.tokens === answers) {
        msPerToken = msPerToken === null ? ms : msPerToken + NEWEST_SHARE * (ms - msPerToken);
      }
      governor.record(ms, decode.tokens);
    },
    recordBatch() {
      decodes++;
    },
    recordInput(governor, input) {
      decodes++;
      if (input.tokens < INPUT_TOKENS || prompts > 0) governor.tick();
      else governor.record((input.ms * INPUT_TOKENS) / input.tokens);
    },
    async recordPrompt(placing) {
      prompts++;
      try {
        return await placing;
      } finally {
        prompts--;
      }
    },
    read() {
      const atMs = now();
      const tokensPerSecond = ((tokens - last.tokens) * 1000) / Math.max(1, atMs - last.atMs);
      last = { tokens, atMs };
      return { decodes, msPerToken, tokensPerSecond };
    },
  };
}
