import type { LlamaEmbeddingContext, LlamaModel, Token } from "node-llama-cpp";
import type { EmbeddingJob } from "../engine-messages.ts";
import { EngineError } from "./engine-error.ts";

type Input = EmbeddingJob["inputs"][number];

export interface InputTokens {
  /** Never empty. */
  readonly tokens: readonly Token[];
  /** How many are evaluated: those that the model wants at both ends count. */
  readonly length: number;
}

export interface InputLimits {
  readonly model: LlamaModel;
  readonly context: LlamaEmbeddingContext;
  readonly contextLength: number;
  readonly vocabularySize: number;
  /** In characters (`measureLongestToken`): bounds an input's length before it is tokenised. */
  readonly longestToken: number;
}

/** One token of some vocabularies stands for a whole unknown word. */
const LONG_WORD = 256;

/**
 * What a user typed makes no special token; the library puts those around an input that the model wants there.
 * @throws EngineError `context_length_exceeded`, `invalid_request`
 */
export function tokenizeInput({ value, param }: Input, limits: InputLimits): InputTokens {
  const { model, context, contextLength, longestToken } = limits;
  // Tokenising megabytes would hold up every answer that is being written.
  if (value.length > contextLength * Math.max(longestToken, LONG_WORD)) {
    throw createTooLong(limits, { param, what: `your input has a length of ${value.length}` });
  }
  if (typeof value !== "string") refuseUnknownIds(value, limits, param);
  const tokens = typeof value === "string" ? model.tokenize(value, false) : (value as Token[]);
  const length = context.calculateInputLength([...tokens]);
  if (length > contextLength) {
    const what = `you requested ${length} tokens (${length} in your prompt; 0 for the completion)`;
    throw createTooLong(limits, { param, what });
  }
  if (tokens.length > 0) return { tokens, length };
  // White space may have no token of its own, and the library makes no vector of nothing at all.
  const end = model.tokens.bos ?? model.tokens.eos;
  if (end !== null) return { tokens: [end], length: context.calculateInputLength([end]) };
  throw createInvalid(param, "the model finds nothing to read in it");
}

function refuseUnknownIds(ids: readonly number[], { vocabularySize }: InputLimits, param: string): void {
  const index = ids.findIndex((id) => id >= vocabularySize);
  if (index < 0) return;
  throw createInvalid(
    `${param}[${index}]`,
    `the model's vocabulary has ${vocabularySize} tokens, but got ${ids[index]} instead`,
  );
}

function createInvalid(param: string, why: string): EngineError {
  const message = `Invalid '${param}': ${why}.`;
  return new EngineError({ kind: "invalid_request", code: "invalid_value", param, message });
}

function createTooLong(
  { contextLength }: InputLimits,
  { param, what }: { readonly param: string; readonly what: string },
): EngineError {
  return new EngineError({
    kind: "context_length_exceeded",
    code: "context_length_exceeded",
    param,
    message:
      `This model's maximum context length is ${contextLength} tokens, however ${what}. ` +
      "Please reduce your prompt; or completion length.",
  });
}
