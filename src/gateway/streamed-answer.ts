import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import { collectCompletion } from "../protocol/collect-completion.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { AnswerFormat } from "./answer-format.ts";
import type { Attempt } from "./attempt.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import { assertFormat } from "./whole-answer.ts";

export interface StreamOptions {
  readonly attempt: Attempt;
  readonly trace: InferenceTrace;
  /** Set when the whole answer must be seen before its first byte goes out. */
  readonly bufferedFormat: AnswerFormat | null;
}

/**
 * Asks for a stream and resolves once another target is no longer needed: at the first chunk that says something, or,
 * with a format to hold, when the whole answer has been collected and is good.
 */
export async function askForStream(options: StreamOptions): Promise<AsyncIterable<ChatCompletionChunk>> {
  const { attempt, trace, bufferedFormat } = options;
  const stream = await attempt.provider.stream(attempt.call);
  const chunks = stream.chunks[Symbol.asyncIterator]();
  trace.facts = stream.facts();
  if (bufferedFormat === null) {
    const head = await readHead(chunks, attempt);
    return continueLive({ head, chunks, attempt, onEnd: () => noteFacts() });
  }
  const collected = await collect(chunks, attempt);
  const completion = collectCompletion(collected);
  if (completion === null) throw new ProviderError("The stream was cut.", { kind: "unavailable" });
  assertFormat(completion, bufferedFormat);
  noteFacts();
  attempt.succeed();
  return replay(collected);

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

async function* continueLive(options: {
  head: ChatCompletionChunk[];
  chunks: Chunks;
  attempt: Attempt;
  onEnd: () => void;
}): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const { head, chunks, attempt, onEnd } = options;
  let isDone = false;
  try {
    yield* head;
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) break;
      yield value;
    }
    isDone = true;
    attempt.succeed();
  } catch (error) {
    isDone = true;
    attempt.fail(error);
    throw error;
  } finally {
    // The reader left early: what is behind the stream has to stop as well.
    if (!isDone) {
      attempt.fail(null);
      await chunks.return?.();
    }
    onEnd();
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

async function* replay(chunks: readonly ChatCompletionChunk[]): AsyncGenerator<ChatCompletionChunk> {
  yield* chunks;
}
