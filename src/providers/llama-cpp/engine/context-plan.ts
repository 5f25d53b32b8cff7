import type { EngineModel, EngineSettings } from "../engine-messages.ts";
import { type ModelFile, ModelFileError } from "./model-file.ts";

/** What a model's context will be, and what it costs. */
export interface ContextPlan {
  /** Tokens a sequence may hold. */
  readonly contextLength: number;
  readonly sequences: number;
  /** Memory beside the weights: the sequences' states and the decoder's working space. */
  readonly bytes: number;
}

/** Keys and values are kept as 16-bit floats. */
const BYTES_PER_NUMBER = 2;
const BYTES_PER_LOGIT = 4;
const CONTEXT_STEP = 256;

/**
 * The most sequences, up to `mostSequences`, whose states fit beside the weights into `budgetBytes`. A number of
 * sequences that somebody asked for is kept as it is.
 * @throws ModelFileError when not even one fits
 */
export function planContext(options: {
  readonly file: ModelFile;
  readonly spec: EngineModel;
  readonly settings: Pick<EngineSettings, "sequences" | "maxContextLength">;
  readonly mostSequences: number;
  readonly batchTokens: number;
  readonly budgetBytes: number;
}): ContextPlan {
  const { file, spec, settings, budgetBytes } = options;
  const [trained = settings.maxContextLength] = file.numbers("context_length");
  const contextLength = Math.min(spec.contextLength ?? trained, trained, settings.maxContextLength);
  const perSequence = measureStateBytes(file) * Math.ceil(contextLength / CONTEXT_STEP) * CONTEXT_STEP;
  const working = measureWorkingBytes(file, { contextLength, batchTokens: options.batchTokens });
  const room = budgetBytes - file.bytes - working;
  const fitting = perSequence === 0 ? options.mostSequences : Math.floor(room / perSequence);
  const sequences = settings.sequences ?? Math.max(1, Math.min(options.mostSequences, fitting));
  const bytes = working + sequences * perSequence;
  if (file.bytes + bytes > budgetBytes) {
    throw new ModelFileError(
      `not enough memory: it needs ${toMegabytes(file.bytes + bytes)} MB (${toMegabytes(file.bytes)} for the model, ` +
        `the rest for ${sequences} × ${contextLength} tokens), ${toMegabytes(budgetBytes)} MB may be used. ` +
        "Lower maxContextLength or sequences, or use a smaller model.",
    );
  }
  return { contextLength, sequences, bytes };
}

/** Bytes that one token of context takes. */
function measureStateBytes(file: ModelFile): number {
  const [layers = 0] = file.numbers("block_count");
  const [heads = 1] = file.numbers("attention.head_count");
  const [width = 0] = file.numbers("embedding_length");
  const [keyLength = width / heads] = file.numbers("attention.key_length");
  const [valueLength = width / heads] = file.numbers("attention.value_length");
  const headsOfLayers = file.numbers("attention.head_count_kv");
  const keptHeads =
    headsOfLayers.length > 1
      ? headsOfLayers.reduce((sum, count) => sum + count, 0)
      : layers * (headsOfLayers[0] ?? heads);
  return keptHeads * (keyLength + valueLength) * BYTES_PER_NUMBER;
}

/** Attention scores and logits of one batch, by far the largest of what a decode needs for itself. */
function measureWorkingBytes(
  file: ModelFile,
  { contextLength, batchTokens }: { readonly contextLength: number; readonly batchTokens: number },
): number {
  const [heads = 1] = file.numbers("attention.head_count");
  return batchTokens * BYTES_PER_LOGIT * (file.vocabularySize + contextLength * heads);
}

function toMegabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
