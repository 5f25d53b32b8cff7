import type { EngineModel, EngineSettings } from "../engine-messages.ts";
import { isEncoder } from "./architectures.ts";
import type { Attention } from "./attention.ts";
import { type ModelFile, ModelFileError } from "./model-file.ts";

/** What a model's context will be, and what it costs. */
export interface ContextPlan {
  /** Tokens a sequence may hold. */
  readonly contextLength: number;
  readonly sequences: number;
  /** Most tokens of one decode. */
  readonly batchTokens: number;
  readonly attention: Attention;
  /** Memory beside the weights: the sequences' states and the decoder's working space. */
  readonly bytes: number;
}

const BYTES_PER_KEY = 2;
const BYTES_PER_VALUE = { F16: 2, F32: 4 } as const;
const BYTES_PER_LOGIT = 4;
const CONTEXT_STEP = 256;

/**
 * For text: the most sequences, up to `mostSequences`, whose states fit beside the weights into `budgetBytes`. A number of
 * sequences that somebody asked for is kept as it is. For embeddings: one sequence, since the library reads off the
 * first one's result only.
 * @throws ModelFileError when not even one fits
 */
export function planContext(options: {
  readonly file: ModelFile;
  readonly spec: EngineModel;
  readonly settings: Pick<EngineSettings, "sequences" | "maxContextLength">;
  readonly mostSequences: number;
  /** Null = a sequence is calculated in one piece. */
  readonly batchTokens: number | null;
  readonly attention: Attention;
  readonly budgetBytes: number;
}): ContextPlan {
  const { file, spec, settings, attention, budgetBytes } = options;
  const [trained = settings.maxContextLength] = file.numbers("context_length");
  const contextLength = Math.min(spec.contextLength ?? trained, trained, settings.maxContextLength);
  const batchTokens = options.batchTokens ?? contextLength;
  const perSequence =
    measureStateBytes(file, attention) * Math.ceil(contextLength / CONTEXT_STEP) * CONTEXT_STEP;
  const working = measureWorkingBytes({ file, spec, contextLength, batchTokens });
  const room = budgetBytes - file.bytes - working;
  const fitting = perSequence === 0 ? options.mostSequences : Math.floor(room / perSequence);
  const most = Math.max(1, Math.min(options.mostSequences, fitting));
  const sequences = spec.use === "embeddings" ? 1 : (settings.sequences ?? most);
  const bytes = working + sequences * perSequence;
  if (file.bytes + bytes > budgetBytes) {
    throw new ModelFileError(
      `not enough memory: it needs ${toMegabytes(file.bytes + bytes)} MB (${toMegabytes(file.bytes)} for the model, ` +
        `the rest for ${sequences} × ${contextLength} tokens), ${toMegabytes(budgetBytes)} MB may be used. ` +
        "Lower maxContextLength or sequences, or use a smaller model.",
    );
  }
  return { contextLength, sequences, batchTokens, attention, bytes };
}

/** Bytes that one token of context takes. */
function measureStateBytes(file: ModelFile, { valueType }: Attention): number {
  // They see all of an input at once and remember nothing of it.
  if (isEncoder(file.architecture)) return 0;
  const [layers = 0] = file.numbers("block_count");
  const [heads = 1] = file.numbers("attention.head_count");
  // Without attention nothing is remembered token by token.
  if (heads === 0) return 0;
  const [width = 0] = file.numbers("embedding_length");
  const [keyLength = width / heads] = file.numbers("attention.key_length");
  const [valueLength = width / heads] = file.numbers("attention.value_length");
  const headsOfLayers = file.numbers("attention.head_count_kv");
  const keptHeads =
    headsOfLayers.length > 1
      ? headsOfLayers.reduce((sum, count) => sum + count, 0)
      : layers * (headsOfLayers[0] ?? heads);
  return keptHeads * (keyLength * BYTES_PER_KEY + valueLength * BYTES_PER_VALUE[valueType]);
}

/**
 * Attention scores and logits of one batch, by far the largest of what a decode needs for itself. For embeddings
 * llama.cpp makes room for the logits of every token, and calculates them where the model can write.
 */
function measureWorkingBytes(batch: {
  readonly file: ModelFile;
  readonly spec: EngineModel;
  readonly contextLength: number;
  readonly batchTokens: number;
}): number {
  const { file, spec, contextLength, batchTokens } = batch;
  const [heads = 1] = file.numbers("attention.head_count");
  const logitRows = spec.use === "embeddings" && !isEncoder(file.architecture) ? 2 : 1;
  return batchTokens * BYTES_PER_LOGIT * (logitRows * file.vocabularySize + contextLength * heads);
}

function toMegabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
