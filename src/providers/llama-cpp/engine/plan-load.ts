import type { Llama } from "node-llama-cpp";
import type { EngineModel, EngineSettings } from "../engine-messages.ts";
import { looksBackOnly } from "./architectures.ts";
import { pickAttention, USUAL_ATTENTION } from "./attention.ts";
import type { BaseFile } from "./base-models.ts";
import { type ContextPlan, planContext } from "./context-plan.ts";
import { checkAdapterFile, checkModelFile, type ModelFile } from "./model-file.ts";
import { parsePoolingType } from "./pooling.ts";

/**
 * Small batches on the CPU: a long prompt then stalls the other sequences for half a second, not for many. Large models
 * get smaller ones still, once their speed is known (pick-batch-tokens.ts).
 */
const CPU_BATCH_TOKENS = 64;
const GPU_BATCH_TOKENS = 512;

/** What loading a model will take. */
export interface LoadPlan {
  readonly file: BaseFile;
  readonly weightBytes: number;
  readonly vocabularySize: number;
  readonly context: ContextPlan;
}

export interface LoadPlanOptions {
  readonly llama: Llama;
  readonly spec: EngineModel;
  readonly settings: EngineSettings;
  readonly mostSequences: number;
  readonly budgetBytes: number;
}

/**
 * Looks at the files before native code does.
 * @throws ModelFileError
 */
export function planLoad(options: LoadPlanOptions): LoadPlan {
  const { llama, spec, settings } = options;
  const file = checkModelFile(spec.path, spec.use);
  const adapterBytes = spec.adapterPath === null ? 0 : checkAdapterFile(spec.adapterPath, file).bytes;
  const smallBatch = llama.gpu === false ? CPU_BATCH_TOKENS : GPU_BATCH_TOKENS;
  const batchTokens = canSplit(file, spec) ? smallBatch : null;
  const attention = spec.use === "text" ? pickAttention(llama, settings.flashAttention) : USUAL_ATTENTION;
  const context = planContext({ ...options, file, batchTokens, attention });
  return {
    file: { path: spec.path, architecture: file.architecture, pooling: spec.pooling },
    weightBytes: file.bytes,
    vocabularySize: file.vocabularySize,
    context: { ...context, bytes: context.bytes + adapterBytes },
  };
}

/**
 * Whether what comes of a sequence may be calculated piece by piece: not where a token sees those behind it, nor where
 * all tokens' states are needed at the end.
 */
function canSplit(file: ModelFile, { use, pooling }: EngineModel): boolean {
  if (use === "text") return true;
  const [causal] = file.numbers("attention.causal");
  const pooled = pooling ?? parsePoolingType(file.numbers("pooling_type")[0]);
  return looksBackOnly(file.architecture, causal) && (pooled === null || pooled === "last");
}
