import { encodeEmbedding, listEmbeddingInputs } from "../../protocol/embeddings.ts";
import type { EmbedCall, ProviderEmbeddings } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import type { AdmissionQueue } from "./admission-queue.ts";
import { listDroppedEmbeddingFields } from "./embedding-fields.ts";
import type { EmbeddingKind } from "./embedding-kinds.ts";
import type { EngineClient } from "./engine-client.ts";
import type { EngineEmbedding, EngineVectors } from "./engine-embedding.ts";
import type { EmbeddingCounts } from "./engine-stats.ts";
import { bindToSlot, enterSlot } from "./enter-slot.ts";
import type { SourceModel } from "./model-source.ts";
import { toEngineModel } from "./served-models.ts";

export interface EmbedOptions {
  readonly call: EmbedCall;
  readonly model: SourceModel;
  readonly kind: EmbeddingKind;
  readonly queue: AdmissionQueue;
  readonly engine: EngineClient;
  readonly counts: EmbeddingCounts;
}

/** Answers a call for embeddings. Everything that can be refused without the engine is refused first. */
export async function answerWithEmbeddings(options: EmbedOptions): Promise<ProviderEmbeddings> {
  const { call, model, kind, counts } = options;
  const { request } = call;
  call.signal.throwIfAborted();
  const width = pickWidth(request.dimensions ?? null, kind);
  const { vectors, promptTokens } = await computeVectors(options);
  counts.inputs += vectors.length;
  counts.tokens += promptTokens;
  return {
    embeddings: {
      object: "list",
      data: vectors.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: encodeEmbedding(shorten(vector, width), request.encoding_format),
      })),
      model: model.name,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    },
    facts: {
      dropped: listDroppedEmbeddingFields(request),
      modelVersion: model.version,
      adapter: null,
      decoding: null,
      promptVersion: null,
      interventions: null,
    },
  };
}

async function computeVectors(options: EmbedOptions): Promise<EngineVectors> {
  const { call, queue } = options;
  const slot = await enterSlot(queue, { priority: call.priority, signals: [call.signal] });
  const job = startJob(options, slot.leave);
  bindToSlot(slot, job);
  return await job.result;
}

function startJob({ call, model, engine }: EmbedOptions, leave: () => void): EngineEmbedding {
  const inputs = listEmbeddingInputs(call.request);
  try {
    return engine.embed({ model: toEngineModel(model, "embeddings"), inputs, priority: call.priority });
  } catch (error) {
    leave();
    throw error;
  }
}

/** How many of a vector's numbers are asked for; null = all. */
function pickWidth(dimensions: number | null, { width, isMatryoshka }: EmbeddingKind): number | null {
  if (dimensions === null || dimensions === width) return null;
  if (!isMatryoshka) {
    throw createRefusal("This model does not support specifying dimensions.", "unsupported_parameter");
  }
  if (width !== null && dimensions > width) {
    const most = `Must be less than or equal to ${width}.`;
    throw createRefusal(`Invalid value for 'dimensions' = ${dimensions}. ${most}`, "invalid_value");
  }
  return dimensions;
}

function createRefusal(message: string, code: string): ProviderError {
  return new ProviderError(message, { kind: "invalid_request", code, param: "dimensions" });
}

/** The first numbers of a vector as a vector of length 1. */
function shorten(vector: Float32Array, width: number | null): Float32Array {
  if (width === null) return vector;
  const beginning = vector.subarray(0, width);
  const length = Math.hypot(...beginning);
  return length === 0 ? beginning : beginning.map((value) => value / length);
}
