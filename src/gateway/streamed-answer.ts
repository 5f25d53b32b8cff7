import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import { collectCompletion } from "../protocol/collect-completion.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { AnswerFormat } from "./answer-format.ts";
import type { Asked } from "./ask-targets.ts";
import type { Attempt } from "./attempt.ts";
import { convertCompletionToChunks } from "./completion-to-chunks.ts";
import { holdToFormat } from "./hold-to-format.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import { judgeWhole } from "./whole-answer.ts";

export interface StreamOptions {
  readonly attempt: Attempt;
  readonly trace: InferenceTrace;
  readonly format: AnswerFormat | null;
  /** Whether the whole answer must be seen before its first byte goes out, so that another target can still take over. */
  readonly isBuffered: boolean;
}

/**
 * Asks for a stream and resolves once another target is no longer needed: at the first chunk that says something, or,
 * when buffered, when the whole answer has been collected and is good.
 */
export async function askForStream(
  options: StreamOptions,
): Promise<Asked<AsyncIterable<ChatCompletionChunk>>> {
  const { attempt, trace, format, isBuffered } = options;
  const stream = await attempt.provider.stream(attempt.call);
  const chunks = stream.chunks[Symbol.asyncIterator]();
  trace.facts = stream.facts();
  if (format === null || !isBuffered) {
    const head = await readHead(chunks, attempt);
    const live = continueLive({ head, chunks, attempt, format, onEnd: () => noteFacts() });
    return { kind: "good", answer: live };
  }
  const collected = await collect(chunks, attempt);
  const completion = collectCompletion(collected);
  if (completion === null) throw new ProviderError("The stream was cut.", { kind: "unavailable" });
  const asked = judgeWhole(completion, format);
  if (asked.kind === "faulty") return asked;
  noteFacts();
  attempt.succeed();
  const isUnchanged = asked.answer === completion;
  return { kind: "good", answer: replay(isUnchanged ? collected : convertCompletionToChunks(asked.answer)) };

  function noteFacts(): void {
    trace.facts = stream.facts();
  }
}

type Chunks = AsyncIterator<ChatCompletionChunk>;

/** Chunks up to the first that carries content, a finish reason or anything but a role. */
async function readHead(chunks: Chunks, attempt: Attempt): Promise<ChatCompletionChunk[]> {
  const head: ChatCompletionChunk[] = [];
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) return head;
    head.push(value);
    if (value.choices.some(isMeaningful)) {
      attempt.markFirstToken();
      return head;
    }
  }
}

function isMeaningful({
  delta,
  finish_reason: finishReason,
}: ChatCompletionChunk["choices"][number]): boolean {
  if (finishReason) return true;
  return Object.entries(delta).some(([name, value]) => name !== "role" && value !== "" && value !== null);
}

interface LiveOptions {
  readonly head: ChatCompletionChunk[];
  readonly chunks: Chunks;
  readonly attempt: Attempt;
  readonly format: AnswerFormat | null;
  readonly onEnd: () => void;
}

async function* continueLive({
  attempt,
  format,
  onEnd,
  ...source
}: LiveOptions): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  let isDone = false;
  try {
    const chunks = readOn(source);
    yield* format === null ? chunks : holdToFormat(chunks, format);
    isDone = true;
    attempt.succeed();
  } catch (error) {
    attempt.fail(error);
    throw error;
  } finally {
    // The reader left early, or the answer is not wanted any more: what is behind the stream has to stop as well.
    if (!isDone) {
      attempt.fail(null);
      await source.chunks.return?.();
    }
    onEnd();
  }
}

async function* readOn({ head, chunks }: Pick<LiveOptions, "head" | "chunks">) {
  yield* head;
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) return;
    yield value;
  }
}

async function collect(chunks: Chunks, attempt: Attempt): Promise<ChatCompletionChunk[]> {
  const collected = await readHead(chunks, attempt);
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) return collected;
    collected.push(value);
  }
}

async function* replay(chunks: Iterable<ChatCompletionChunk>): AsyncGenerator<ChatCompletionChunk> {
  yield* chunks;
}
