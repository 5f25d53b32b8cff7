import type { SequenceEvaluateOptions, Token } from "node-llama-cpp";
import type { SamplingSettings } from "../engine-messages.ts";

/**
 * With sampling on, only the 40 likeliest tokens are looked at: OpenAI has no such cap, but sorting a whole vocabulary
 * costs milliseconds a token and the tail holds nothing that a small model should write.
 */
const TOP_K = 40;
const MAX_PENALISED_TOKENS = 512;

export interface SamplingOptions {
  readonly sampling: SamplingSettings;
  /** Added to the seed, so that another draw of the same answer is another sample. */
  readonly draw: number;
  /** Tokens written so far, read at each step. */
  readonly written: () => readonly Token[];
}

export function createSamplingOptions({ sampling, draw, written }: SamplingOptions): SequenceEvaluateOptions {
  const hasPenalty = sampling.presencePenalty !== 0 || sampling.frequencyPenalty !== 0;
  return {
    temperature: sampling.temperature,
    topK: TOP_K,
    topP: sampling.topP,
    minP: 0,
    seed: mixSeed(sampling.seed, draw),
    ...(hasPenalty && {
      repeatPenalty: {
        punishTokens: () => written().slice(-MAX_PENALISED_TOKENS),
        maxPunishTokens: MAX_PENALISED_TOKENS,
        penalty: 1,
        presencePenalty: sampling.presencePenalty,
        frequencyPenalty: sampling.frequencyPenalty,
      },
    }),
  };
}

/** A 32-bit seed for one draw; neighbouring seeds and draws give unrelated values. */
function mixSeed(seed: number, draw: number): number {
  let mixed = (seed ^ Math.imul(draw + 1, 0x9e3779b1)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
