import type { LlamaEmbeddingContext, Token } from "node-llama-cpp";
import type { EmbeddingJob } from "../engine-messages.ts";
import { startEmbeddingProbe } from "./calibrate-threads.ts";
import { EngineError } from "./engine-error.ts";
import { type LoadedOnBase, type LoadOptions, loadOnBase } from "./load-on-base.ts";
import { measureLongestToken } from "./loaded-model.ts";
import { type InputTokens, tokenizeInput } from "./tokenize-input.ts";
import { createTurns, type Turns } from "./turns.ts";

/** A model that turns inputs into vectors, one after the other. */
export interface LoadedEmbedder extends LoadedOnBase {
  readonly use: "embeddings";
  readonly turns: Turns;
  /** Throws EngineError for an input that is too long or no input of this model. */
  tokenize(input: EmbeddingJob["inputs"][number]): InputTokens;
  /** A vector of length 1. */
  embed(tokens: readonly Token[]): Promise<Float32Array>;
}

export async function loadEmbedder(options: LoadOptions): Promise<LoadedEmbedder> {
  const { vocabularySize, context: planned } = options.plan;
  const { contextLength, batchTokens } = planned;
  return await loadOnBase({
    ...options,
    startProbe: startEmbeddingProbe,
    createContext: (model, { cap }) =>
      // The library wants one more than it uses.
      model.createEmbeddingContext({ contextSize: contextLength + 1, batchSize: batchTokens, threads: cap }),
    complete({ model, context, common }): LoadedEmbedder {
      const longestToken = measureLongestToken(model);
      const limits = { model, context, contextLength, vocabularySize, longestToken };
      return {
        ...common,
        use: "embeddings",
        turns: createTurns(),
        tokenize: (input) => tokenizeInput(input, limits),
        embed: (tokens) => embedTokens(context, tokens),
      };
    },
  });
}

async function embedTokens(context: LlamaEmbeddingContext, tokens: readonly Token[]): Promise<Float32Array> {
  const { vector } = await context.getEmbeddingFor([...tokens]);
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || length === 0) {
    throw new EngineError({ kind: "invalid_response", message: "The model made no usable embedding." });
  }
  return Float32Array.from(vector, (value) => value / length);
}
