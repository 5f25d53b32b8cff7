import type { ChatCompletionChunk } from "../../protocol/chat-chunk.ts";
import type { Choice, Usage } from "../../protocol/chat-completion.ts";
import { createCompletionId, createUuidV7 } from "../../protocol/ids.ts";
import type { AnswerFacts, ProviderAnswer, ProviderCall, ProviderStream } from "../provider.ts";
import { type ChunkBuilder, createChunkBuilder } from "./chunk-builder.ts";
import type { EngineAnswer } from "./engine-answer.ts";
import type { TokenCounts } from "./engine-stats.ts";

/** What both ways of answering need of an opened call. */
export interface ChoiceSource {
  readonly call: ProviderCall;
  readonly modelName: string;
  readonly createdMs: number;
  readonly choiceCount: number;
  /** Throws when a whole text breaks what the grammar left open. */
  readonly check: (text: string) => void;
  readonly counts: TokenCounts;
  readonly facts: () => AnswerFacts;
  /** Waits for a slot. */
  startChoice(index: number): Promise<EngineAnswer>;
}

type MutableUsage = Usage & { prompt_tokens_details: { cached_tokens: number } };

/** Several choices are written one after the other: the second finds the prompt in place. */
export async function answerAtOnce(source: ChoiceSource): Promise<ProviderAnswer> {
  const usage = createUsage();
  const choices: Choice[] = [];
  for (let index = 0; index < source.choiceCount; index++) {
    const answer = await source.startChoice(index);
    let text = "";
    for await (const piece of answer.texts) text += piece;
    const finishReason = await finishChoice(source, { answer, text, usage, index });
    const message = { role: "assistant" as const, content: text, refusal: null };
    choices.push({ index, message, logprobs: null, finish_reason: finishReason });
  }
  return {
    completion: {
      ...createHead(source),
      object: "chat.completion",
      choices,
      usage,
      system_fingerprint: null,
    },
    facts: source.facts(),
  };
}

export async function answerInChunks(source: ChoiceSource): Promise<ProviderStream> {
  const first = await source.startChoice(0);
  // Until the prompt is accepted the call can still be refused with a status of its own.
  await first.begun;
  const chunks = createChunks(source, first);
  return {
    facts: source.facts,
    chunks: {
      [Symbol.asyncIterator]: () => ({
        next: () => chunks.next(),
        return() {
          // A generator that was never started runs no `finally`.
          first.abandon(new Error("the reader left"));
          return chunks.return();
        },
      }),
    },
  };
}

async function* createChunks(
  source: ChoiceSource,
  first: EngineAnswer,
): AsyncGenerator<ChatCompletionChunk, void, void> {
  const includesUsage = source.call.request.stream_options?.include_usage === true;
  const builder = createChunkBuilder({ ...createHead(source), includesUsage });
  const usage = createUsage();
  for (let index = 0; index < source.choiceCount; index++) {
    const answer = index === 0 ? first : await source.startChoice(index);
    yield* createChoiceChunks({ source, builder, answer, usage, index });
  }
  if (includesUsage) yield builder.usage(usage);
}

async function* createChoiceChunks(parts: {
  readonly source: ChoiceSource;
  readonly builder: ChunkBuilder;
  readonly answer: EngineAnswer;
  readonly usage: MutableUsage;
  readonly index: number;
}): AsyncGenerator<ChatCompletionChunk, void, void> {
  const { source, builder, answer, index } = parts;
  let text = "";
  try {
    yield builder.role(index);
    for await (const piece of answer.texts) {
      text += piece;
      yield builder.text(index, piece);
    }
    yield builder.finish(index, await finishChoice(source, { ...parts, text }));
  } finally {
    // Without effect on an answer that is over; stops one whose reader left.
    answer.abandon(new Error("the reader left"));
  }
}

async function finishChoice(
  source: ChoiceSource,
  choice: {
    readonly answer: EngineAnswer;
    readonly text: string;
    readonly usage: MutableUsage;
    readonly index: number;
  },
): Promise<"stop" | "length"> {
  const { answer, usage } = choice;
  const { finishReason, completionTokens } = await answer.ended;
  const { promptTokens, cachedTokens } = await answer.begun;
  // The prompt is one, however many choices it gets.
  if (choice.index === 0) {
    usage.prompt_tokens = promptTokens;
    usage.prompt_tokens_details.cached_tokens = cachedTokens;
  }
  usage.completion_tokens += completionTokens;
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  source.counts.answers++;
  source.counts.promptTokens += promptTokens;
  source.counts.cachedTokens += cachedTokens;
  source.counts.completionTokens += completionTokens;
  // A text that was cut short cannot match; its finish reason says so already.
  if (finishReason === "stop") source.check(choice.text);
  return finishReason;
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
