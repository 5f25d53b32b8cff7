import type { ChatCompletionChunk } from "../../protocol/chat-chunk.ts";
import type { Choice, FinishReason, Usage } from "../../protocol/chat-completion.ts";
import { createCompletionId, createUuidV7 } from "../../protocol/ids.ts";
import type { AnswerFacts, ProviderAnswer, ProviderCall, ProviderStream } from "../provider.ts";
import { buildChoice } from "./build-choice.ts";
import { type ChunkBuilder, createChunkBuilder } from "./chunk-builder.ts";
import type { EngineAnswer } from "./engine-answer.ts";
import type { TokenCounts } from "./engine-stats.ts";
import { mergeIterables } from "./merge-iterables.ts";
import { type ChoiceEvent, type ChoiceRules, readChoice } from "./read-choice.ts";

/** What both ways of answering need of an opened call. */
export interface ChoiceSource {
  readonly call: ProviderCall;
  readonly modelName: string;
  readonly createdMs: number;
  readonly choiceCount: number;
  readonly rules: ChoiceRules;
  readonly counts: TokenCounts;
  readonly facts: () => AnswerFacts;
  /** Waits for a slot; `signal` ends the wait and the answer. */
  startChoice(index: number, signal: AbortSignal): Promise<EngineAnswer>;
}

type MutableUsage = Usage & { prompt_tokens_details: { cached_tokens: number } };

interface OpenAnswer {
  readonly source: ChoiceSource;
  readonly first: EngineAnswer;
  readonly usage: MutableUsage;
  /** Stops every choice, also those that wait for a slot. */
  readonly controller: AbortController;
  /** Resolves when the first choice is on its way: the others then find the prompt in place. */
  readonly underWay: PromiseWithResolvers<void>;
}

export async function answerAtOnce(source: ChoiceSource): Promise<ProviderAnswer> {
  const open = await openAnswer(source);
  try {
    const indexes = Array.from({ length: source.choiceCount }, (_, index) => index);
    const choices = await Promise.all(
      indexes.map((index): Promise<Choice> => {
        const isLegacy = source.rules.tools?.request.isLegacy === true;
        return buildChoice({ index, isLegacy, events: readOpenChoice(open, index) });
      }),
    );
    const head = createHead(source);
    return {
      completion: {
        ...head,
        object: "chat.completion",
        choices,
        usage: open.usage,
        system_fingerprint: null,
      },
      facts: source.facts(),
    };
  } finally {
    // Without effect on choices that are over; stops the others when one failed.
    open.controller.abort(new Error("another choice failed"));
  }
}

export async function answerInChunks(source: ChoiceSource): Promise<ProviderStream> {
  const open = await openAnswer(source);
  // Until the prompt is accepted the call can still be refused with a status of its own.
  await open.first.begun;
  const chunks = createChunks(open);
  return {
    facts: source.facts,
    chunks: {
      [Symbol.asyncIterator]: () => ({
        next: () => chunks.next(),
        return() {
          // A generator that was never started runs no `finally`.
          open.controller.abort(new Error("the reader left"));
          return chunks.return();
        },
      }),
    },
  };
}

async function openAnswer(source: ChoiceSource): Promise<OpenAnswer> {
  const controller = new AbortController();
  const first = await source.startChoice(0, controller.signal);
  return { source, first, controller, usage: createUsage(), underWay: Promise.withResolvers<void>() };
}

async function* createChunks(open: OpenAnswer): AsyncGenerator<ChatCompletionChunk, void, void> {
  const { source, usage, controller } = open;
  const includesUsage = source.call.request.stream_options?.include_usage === true;
  const isLegacy = source.rules.tools?.request.isLegacy === true;
  const builder = createChunkBuilder({ ...createHead(source), includesUsage, isLegacy });
  try {
    const choices = Array.from({ length: source.choiceCount }, (_, index) =>
      createChoiceChunks({ open, builder, index }),
    );
    yield* mergeIterables(choices);
    if (includesUsage) yield builder.usage(usage);
  } finally {
    controller.abort(new Error("the reader left"));
  }
}

async function* createChoiceChunks(parts: {
  readonly open: OpenAnswer;
  readonly builder: ChunkBuilder;
  readonly index: number;
}): AsyncGenerator<ChatCompletionChunk, void, void> {
  const { open, builder, index } = parts;
  const events = readOpenChoice(open, index);
  // Where calls are possible only the first event tells whether there is content at all.
  let hasRole = open.source.rules.tools === null;
  if (hasRole) yield builder.role(index, "");
  for (;;) {
    const { done, value } = await events.next();
    const isCall = done !== true && value.kind === "call";
    if (!hasRole) yield builder.role(index, isCall ? null : "");
    hasRole = true;
    if (done === true) {
      yield builder.finish(index, value);
      return;
    }
    yield builder.event(index, value);
  }
}

/** A choice's events, started when its turn has come, counted when it is over. */
async function* readOpenChoice(
  open: OpenAnswer,
  index: number,
): AsyncGenerator<ChoiceEvent, FinishReason, void> {
  const { source, controller, underWay } = open;
  if (index > 0) await underWay.promise;
  const answer = index === 0 ? open.first : await source.startChoice(index, controller.signal);
  try {
    const events = readChoice(answer, source.rules);
    let step = await events.next();
    if (index === 0) underWay.resolve();
    for (; step.done !== true; step = await events.next()) yield step.value;
    await count(open, { answer, index });
    return step.value;
  } finally {
    // The others find the signal aborted when this one failed.
    underWay.resolve();
    // Without effect on an answer that is over; stops one whose reader left.
    answer.abandon(new Error("the reader left"));
  }
}

async function count(
  { source, usage }: OpenAnswer,
  { answer, index }: { readonly answer: EngineAnswer; readonly index: number },
): Promise<void> {
  const { completionTokens } = await answer.ended;
  const { promptTokens, cachedTokens } = await answer.begun;
  // The prompt is one, however many choices it gets.
  if (index === 0) {
    usage.prompt_tokens = promptTokens;
    usage.prompt_tokens_details.cached_tokens = cachedTokens;
  }
  usage.completion_tokens += completionTokens;
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  source.counts.answers++;
  source.counts.promptTokens += promptTokens;
  source.counts.cachedTokens += cachedTokens;
  source.counts.completionTokens += completionTokens;
}

function createUsage(): MutableUsage {
  return {
    prompt_tokens: 0,
    completion_tokens: 0,
    total_tokens: 0,
    prompt_tokens_details: { cached_tokens: 0 },
  };
}

function createHead(source: ChoiceSource) {
  return {
    id: createCompletionId(createUuidV7(source.createdMs)),
    created: Math.floor(source.createdMs / 1000),
    model: source.modelName,
  };
}
