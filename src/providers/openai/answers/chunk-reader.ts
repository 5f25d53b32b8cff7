import type { ChatCompletionChunk } from "../../../protocol/chat-chunk.ts";
import { createSseDecoder, type SseEvent } from "../../../protocol/sse-decoder.ts";
import { ProviderError } from "../../provider-error.ts";
import { createFinishTracker } from "./finish-tracker.ts";
import { parseChunk, parseErrorEvent } from "./parse-answer.ts";
import { createUsagePlacer } from "./place-usage.ts";
import type { AnswerStamp } from "./tidy-answer.ts";

/** What is needed of an undici body: bytes, and a way to cut them off. */
interface ByteSource extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

export interface ChunkReaderOptions {
  readonly body: ByteSource;
  /** Choices the request asked for. */
  readonly choices: number;
  /** Whether the client asked for the usage chunk; some upstreams send it unasked. */
  readonly wantsUsage: boolean;
  readonly secret: string | undefined;
  readonly stamp: Omit<AnswerStamp, "object">;
  /** Makes of a chunk what the client is to see; null for nothing. */
  readonly convert?: ((chunk: ChatCompletionChunk) => ChatCompletionChunk | null) | undefined;
  readonly onEvent: (chunk: ChatCompletionChunk) => void;
  /** Called once: with nothing at a proper end or when the reader leaves, with the error otherwise; answers what to throw. */
  readonly onEnd: (outcome: { error?: unknown; isEarly: boolean }) => unknown;
}

/** How long an upstream may keep its connection open behind `[DONE]` before it is cut, in milliseconds. */
const LINGER_MS = 1000;

/**
 * Reads chunks off an event stream. Written by hand and not as a generator, because `return()` on a generator that
 * was never started would leave the upstream running.
 */
export function createChunkReader(options: ChunkReaderOptions): AsyncIterableIterator<ChatCompletionChunk> {
  const { body, wantsUsage, convert = (chunk) => chunk, onEvent, onEnd } = options;
  const bytes = body[Symbol.asyncIterator]();
  const decoder = createSseDecoder();
  const finish = createFinishTracker(options.choices);
  const usage = createUsagePlacer({ isWanted: wantsUsage });
  const read = createEventParser(options);
  const events: SseEvent[] = [];
  let isOver = false;

  async function readChunk(): Promise<ChatCompletionChunk | null> {
    for (;;) {
      const event = events.shift();
      if (event === undefined) {
        const { done, value } = await readBytes();
        if (done) return endAt({ isMarked: false });
        events.push(...decoder.push(value));
        continue;
      }
      if (event.data.trim() === "[DONE]") return endAt({ isMarked: true });
      const chunk = read(event);
      if (chunk === null) continue;
      finish.note(chunk);
      onEvent(chunk);
      const taken = usage.take(chunk);
      const shown = taken === null ? null : convert(taken);
      if (shown !== null) return shown;
    }
  }

  /** A connection that breaks behind the last finish reason has still brought the whole answer. */
  async function readBytes(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      return await bytes.next();
    } catch (error) {
      if (finish.isWhole({ isMarked: false })) return { done: true, value: undefined };
      throw error;
    }
  }

  /** Ends the reading; answers the usage chunk when there is one to show. */
  function endAt(end: { isMarked: boolean }): ChatCompletionChunk | null {
    if (!finish.isWhole(end)) {
      throw new ProviderError("The upstream ended its answer without a finish reason.", {
        kind: "unavailable",
      });
    }
    isOver = true;
    onEnd({ isEarly: false });
    if (end.isMarked) linger(bytes, body);
    return usage.end();
  }

  return {
    async next() {
      if (isOver) return { done: true, value: undefined };
      try {
        const chunk = await readChunk();
        return chunk === null ? { done: true, value: undefined } : { done: false, value: chunk };
      } catch (error) {
        isOver = true;
        const thrown = onEnd({ error, isEarly: false });
        body.destroy();
        throw thrown;
      }
    },
    async return() {
      if (!isOver) {
        isOver = true;
        onEnd({ isEarly: true });
        body.destroy();
      }
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** One event as a chunk; null for those that say nothing: empty ones, pings and whatever else has a name of its own. */
function createEventParser({ secret, stamp: spare }: Pick<ChunkReaderOptions, "secret" | "stamp">) {
  let first: ChatCompletionChunk | null = null;
  return ({ event, data }: SseEvent): ChatCompletionChunk | null => {
    if (data.trim() === "") return null;
    if (event === "error") throw parseErrorEvent(data, { secret });
    if (event !== "message" && !data.includes('"choices"')) return null;
    const chunk = parseChunk(data, { secret, stamp: first ?? spare });
    first ??= chunk;
    // llama-server writes the time of each chunk, others a new id: one answer has one of both.
    if (chunk.id === first.id && chunk.created === first.created) return chunk;
    return { ...chunk, id: first.id, created: first.created };
  };
}

/** Reads to the end of the body, so that its connection can be used again. */
function linger(bytes: AsyncIterator<Uint8Array>, body: ByteSource): void {
  const timer = setTimeout(() => body.destroy(), LINGER_MS);
  timer.unref();
  const drain = async () => {
    while (!(await bytes.next()).done);
  };
  // The answer is whole: how its connection ends is of no interest any more.
  drain()
    .catch(() => {})
    .finally(() => clearTimeout(timer));
}
