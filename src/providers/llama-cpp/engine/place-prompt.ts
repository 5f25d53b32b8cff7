import type { Token } from "node-llama-cpp";
import type { EngineJob } from "../engine-messages.ts";
import { EngineError } from "./engine-error.ts";
import type { LoadedModel } from "./loaded-model.ts";
import type { SequenceSlot } from "./sequence-slots.ts";
import { sharePrefix } from "./share-prefix.ts";
import { tokenizePrompt } from "./tokenize-prompt.ts";

/** Without a cap from the caller an answer ends here at the latest: small models may never stop by themselves. */
const DEFAULT_MAX_TOKENS = 1024;

export interface PreparedPrompt {
  readonly tokens: readonly Token[];
  readonly maxTokens: number;
}

/** Tokenises and measures a prompt; throws `context_length_exceeded` before anything is decoded. */
export function preparePrompt(loaded: LoadedModel, job: EngineJob): PreparedPrompt {
  const tokens = tokenizePrompt(loaded.model, loaded.template.render(job.messages));
  const room = loaded.details().contextLength - tokens.length;
  const needed = job.maxTokens ?? 1;
  if (tokens.length === 0 || room < needed) {
    throw new EngineError({
      kind: "context_length_exceeded",
      code: "context_length_exceeded",
      param: "messages",
      message:
        `This model's maximum context length is ${loaded.details().contextLength} tokens. However, you requested ` +
        `${tokens.length + needed} tokens (${tokens.length} in the messages, ${needed} in the completion). ` +
        "Please reduce the length of the messages or completion.",
    });
  }
  // A program decides itself when it is done; free text gets a ceiling.
  const ceiling = job.mode.kind === "program" ? room : Math.min(room, DEFAULT_MAX_TOKENS);
  return { tokens, maxTokens: job.maxTokens ?? ceiling };
}

/**
 * Brings the prompt into the slot's sequence, keeping what it holds of it already, batch by batch so that an abort
 * or another answer's token need not wait for all of it. The last part is left for the first sampling step.
 */
export async function placePrompt(options: {
  readonly loaded: LoadedModel;
  readonly slot: SequenceSlot;
  readonly tokens: readonly Token[];
  readonly signal: AbortSignal;
  readonly onCached: (cachedTokens: number) => void;
  readonly onBatch: () => void;
}): Promise<Token[]> {
  const { sequence, donor } = options.slot;
  // A copy that fails only costs its time.
  if (donor !== null) await sharePrefix(donor, sequence).catch(() => sequence.clearHistory());
  await sequence.adaptStateToTokens([...options.tokens], false);
  const last = options.tokens.length - 1;
  // Sampling needs the logits of one evaluated token.
  if (sequence.nextTokenIndex > last) {
    await sequence.eraseContextTokenRanges([{ start: last, end: sequence.nextTokenIndex }]);
  }
  options.onCached(sequence.nextTokenIndex);
  const rest = options.tokens.slice(sequence.nextTokenIndex);
  const batchSize = options.loaded.context.batchSize;
  while (rest.length > batchSize) {
    options.signal.throwIfAborted();
    await sequence.evaluateWithoutGeneratingNewTokens(rest.splice(0, batchSize));
    options.onBatch();
  }
  options.signal.throwIfAborted();
  return rest;
}
