import type { LlamaEmbeddingContext, Token } from "node-llama-cpp";
import type { EmbeddingJob, EngineModel, LoadedModelDetails } from "../engine-messages.ts";
import type { BaseModel } from "./base-models.ts";
import { startEmbeddingProbe } from "./calibrate-threads.ts";
import { EngineError } from "./engine-error.ts";
import { type LoadOptions, measureLongestToken } from "./loaded-model.ts";
import { createThreadControl } from "./thread-control.ts";
import type { ThreadGovernor } from "./thread-governor.ts";
import { type InputTokens, tokenizeInput } from "./tokenize-input.ts";
import { createTurns, type Turns } from "./turns.ts";

/** A model that turns inputs into vectors, one after the other. */
export interface LoadedEmbedder {
  readonly use: "embeddings";
  readonly spec: EngineModel;
  readonly turns: Turns;
  readonly governor: ThreadGovernor;
  /** Throws EngineError for an input that is too long or no input of this model. */
  tokenize(input: EmbeddingJob["inputs"][number]): InputTokens;
  /** A vector of length 1. */
  embed(tokens: readonly Token[]): Promise<Float32Array>;
  details(): LoadedModelDetails;
  recalibrate(isUndisturbed: () => boolean): Promise<boolean>;
  dispose(): Promise<void>;
}

export async function loadEmbedder(options: Omit<LoadOptions, "prefixes">): Promise<LoadedEmbedder> {
  const { bases, plan } = options;
  const startedAt = performance.now();
  const base = await bases.use({
    file: plan.file,
    contextTokens: plan.context.contextLength,
    onProgress: (share) => options.onProgress(Math.round(share * 90)),
  });
  try {
    return await prepareEmbedder(base, options, startedAt);
  } catch (error) {
    await base.release();
    throw error;
  }
}

async function prepareEmbedder(
  base: BaseModel,
  options: Omit<LoadOptions, "prefixes">,
  startedAt: number,
): Promise<LoadedEmbedder> {
  const { llama, spec, settings, plan, isBusy } = options;
  const { model } = base;
  const { contextLength, batchTokens, bytes } = plan.context;
  const startProbe = startEmbeddingProbe;
  const threads = await createThreadControl({ llama, model, spec, settings, startProbe, isBusy });
  const context = await model.createEmbeddingContext({
    // The library wants one more than it uses.
    contextSize: contextLength + 1,
    batchSize: batchTokens,
    threads: threads.cap,
  });
  threads.governor.apply();
  const loadMs = Math.round(performance.now() - startedAt);
  const { vocabularySize } = plan;
  const limits = { model, context, contextLength, vocabularySize, longestToken: measureLongestToken(model) };
  return {
    use: "embeddings",
    spec,
    turns: createTurns(),
    governor: threads.governor,
    tokenize: (input) => tokenizeInput(input, limits),
    embed: (tokens) => embedTokens(context, tokens),
    details: () => ({
      threads: threads.threads,
      contextLength,
      sequences: 1,
      loadMs,
      weightBytes: plan.weightBytes,
      contextBytes: bytes,
    }),
    recalibrate: threads.recalibrate,
    async dispose() {
      await context.dispose();
      await base.release();
    },
  };
}

async function embedTokens(context: LlamaEmbeddingContext, tokens: readonly Token[]): Promise<Float32Array> {
  const { vector } = await context.getEmbeddingFor([...tokens]);
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || length === 0) {
    throw new EngineError({ kind: "invalid_response", message: "The model made no usable embedding." });
  }
  return Float32Array.from(vector, (value) => value / length);
}
