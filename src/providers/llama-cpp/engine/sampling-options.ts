import type { LlamaModel, SequenceEvaluateOptions, Token } from "node-llama-cpp";
import type { SamplingSettings } from "../engine-messages.ts";
import { createTokenBias } from "./logit-bias.ts";

/** The whole answer counts for a penalty; this bounds what a very long one costs at each token. */
const MAX_PENALISED_TOKENS = 4096;

export interface SamplingOptions {
  readonly model: LlamaModel;
  readonly sampling: SamplingSettings;
  /** Added to the seed, so that another draw of the same answer is another sample. */
  readonly draw: number;
  /** Tokens written so far, read at each step. */
  readonly written: () => readonly Token[];
}

export function createSamplingOptions(options: SamplingOptions): SequenceEvaluateOptions {
  const { model, sampling, draw, written } = options;
  const tokenBias = createTokenBias(model, sampling);
  const hasPenalty = sampling.presencePenalty !== 0 || sampling.frequencyPenalty !== 0;
  return {
    temperature: sampling.temperature,
    // The library's type has no word for "none", its code has: null leaves the step out, while a number as large as
    // the vocabulary would sort all of it at each token.
    topK: sampling.topK as number,
    topP: sampling.topP,
    minP: 0,
    seed: mixSeed(sampling.seed, draw),
    ...(tokenBias !== undefined && { tokenBias }),
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
export function mixSeed(seed: number, draw: number): number {
  let mixed = (seed ^ Math.imul(draw + 1, 0x9e3779b1)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
