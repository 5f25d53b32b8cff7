import type { LlamaContextSequence, Token } from "node-llama-cpp";
import type { EngineJob } from "../engine-messages.ts";
import { PRIMARY_PRIORITY, SHADOW_PRIORITY } from "./batch-order.ts";
import type { PromptPart } from "./chat-template.ts";
import { measureCommonPrefix } from "./common-prefix.ts";
import { EngineError } from "./engine-error.ts";
import type { LoadedModel } from "./loaded-model.ts";
import type { SequenceSlot } from "./sequence-slots.ts";
import { sharePrefix } from "./share-prefix.ts";
import type { StateFolder } from "./state-folder.ts";
import { tokenizePrompt } from "./tokenize-prompt.ts";
import { untilAborted } from "./until-aborted.ts";

/** Without a cap from the caller an answer ends here at the latest: small models may never stop by themselves. */
const DEFAULT_MAX_TOKENS = 1024;

export interface PreparedPrompt {
  readonly tokens: readonly Token[];
  /** How many of them are the same whatever the user says: the system part of the template. */
  readonly systemTokens: number;
  readonly maxTokens: number;
}

/** Tokenises and measures a prompt; throws `context_length_exceeded` before anything is decoded. */
export function preparePrompt(loaded: LoadedModel, job: EngineJob): PreparedPrompt {
  const { contextLength } = loaded.details();
  const parts = loaded.template.render(job.messages);
  const characters = parts.reduce((sum, { text }) => sum + text.length, 0);
  // Tokenising megabytes would hold up every answer that is being written.
  if (characters > contextLength * loaded.longestToken) {
    throw createTooLong(contextLength, `your messages have ${characters} characters`);
  }
  const tokens = tokenizePrompt(loaded.model, parts);
  const room = contextLength - tokens.length;
  const needed = job.maxTokens ?? 1;
  if (tokens.length === 0 || room < needed) {
    const both = `${tokens.length} in the messages, ${needed} in the completion`;
    throw createTooLong(contextLength, `you requested ${tokens.length + needed} tokens (${both})`);
  }
  // A program decides itself when it is done; free text gets a ceiling.
  const ceiling = job.mode.kind === "program" ? room : Math.min(room, DEFAULT_MAX_TOKENS);
  const systemTokens = measureSystemTokens({ loaded, job, parts, tokens });
  return { tokens, systemTokens, maxTokens: job.maxTokens ?? ceiling };
}

function createTooLong(contextLength: number, what: string): EngineError {
  return new EngineError({
    kind: "context_length_exceeded",
    code: "context_length_exceeded",
    param: "messages",
    message:
      `This model's maximum context length is ${contextLength} tokens. However, ${what}. ` +
      "Please reduce the length of the messages or completion.",
  });
}

function measureSystemTokens(prompt: {
  readonly loaded: LoadedModel;
  readonly job: EngineJob;
  readonly parts: readonly PromptPart[];
  readonly tokens: readonly Token[];
}): number {
  const { loaded, job, parts, tokens } = prompt;
  const systemMessages = job.messages.findIndex(({ role }) => role !== "system");
  if (systemMessages <= 0) return 0;
  let contents = 0;
  const end = parts.findIndex((part) => part.isContent && contents++ === systemMessages);
  // Tokens may reach over the border: only those that both have count.
  return measureCommonPrefix(tokenizePrompt(loaded.model, parts.slice(0, Math.max(0, end))), tokens);
}

interface PlaceOptions {
  readonly loaded: LoadedModel;
  readonly slot: SequenceSlot;
  readonly prompt: PreparedPrompt;
  readonly priority: EngineJob["priority"];
  readonly folder: StateFolder;
  readonly signal: AbortSignal;
  readonly onCached: (cachedTokens: number) => void;
  readonly onBatch: () => void;
}

/**
 * Brings the prompt into the slot's sequence, keeping what it, another sequence or the prefix store holds of it
 * already, batch by batch so that an abort or another answer's token need not wait for all of it. A beginning that
 * others will share is stored on the way. The last part is left for the first sampling step.
 */
export async function placePrompt(options: PlaceOptions): Promise<Token[]> {
  const { loaded, slot, prompt, priority } = options;
  const { sequence } = slot;
  // Evaluated once for all who come at the same time, however their prompts go on.
  for (;;) {
    const others = loaded.prefixes.underWay(prompt.tokens, priority);
    if (others === null) break;
    await untilAborted(others, options.signal);
  }
  const shared = prompt.tokens.slice(0, loaded.prefixes.pickLength(prompt.tokens, prompt.systemTokens));
  const claim = shared.length === 0 ? null : loaded.prefixes.claim(shared, priority);
  try {
    await takeHeldTokens(options);
    options.onCached(sequence.nextTokenIndex);
    if (claim !== null) {
      await evaluateUpTo(options, shared.length);
      await loaded.prefixes.save(sequence);
    }
  } finally {
    claim?.settle();
  }
  // What does not fill a batch is evaluated together with the first sample.
  const { batchSize } = loaded.context;
  const missing = prompt.tokens.length - sequence.nextTokenIndex;
  await evaluateUpTo(
    options,
    prompt.tokens.length - missing + Math.floor((missing - 1) / batchSize) * batchSize,
  );
  options.signal.throwIfAborted();
  return prompt.tokens.slice(sequence.nextTokenIndex);
}

/** Fills the sequence with as much of the prompt as is in memory somewhere, and with nothing else. */
async function takeHeldTokens({ loaded, slot, prompt, folder }: PlaceOptions): Promise<void> {
  const { sequence, donor } = slot;
  const { tokens } = prompt;
  const measureHeld = (held: LlamaContextSequence | null) =>
    held === null ? 0 : measureCommonPrefix(held.contextTokens, tokens);
  const stored = loaded.prefixes.find(tokens, Math.max(measureHeld(sequence), measureHeld(donor)));
  // A copy that fails only costs its time.
  const forget = () => sequence.clearHistory();
  if (stored !== null) await stored.restore(sequence).catch(forget);
  else if (donor !== null) await sharePrefix({ from: donor, to: sequence, folder }).catch(forget);
  await sequence.adaptStateToTokens([...tokens], false);
  const last = tokens.length - 1;
  // Sampling needs the logits of one evaluated token.
  if (sequence.nextTokenIndex > last) {
    await sequence.eraseContextTokenRanges([{ start: last, end: sequence.nextTokenIndex }]);
  }
}

async function evaluateUpTo(options: PlaceOptions, end: number): Promise<void> {
  const { loaded, slot, prompt, priority, signal } = options;
  const { sequence } = slot;
  while (sequence.nextTokenIndex < end) {
    signal.throwIfAborted();
    const start = sequence.nextTokenIndex;
    await sequence.evaluateWithoutGeneratingNewTokens(
      prompt.tokens.slice(start, Math.min(end, start + loaded.context.batchSize)),
      { evaluationPriority: priority === "primary" ? PRIMARY_PRIORITY : SHADOW_PRIORITY },
    );
    options.onBatch();
  }
}
