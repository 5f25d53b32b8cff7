import type { ChatCompletionChunk } from "../../protocol/chat-chunk.ts";
import { createSseDecoder, type SseEvent } from "../../protocol/sse-decoder.ts";
import { ProviderError } from "../provider-error.ts";
import { createFinishTracker } from "./finish-tracker.ts";
import { parseChunk } from "./parse-answer.ts";

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
  readonly secret?: string | undefined;
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
  const { body, wantsUsage, secret, onEvent, onEnd } = options;
  const bytes = body[Symbol.asyncIterator]();
  const decoder = createSseDecoder();
  const finish = createFinishTracker(options.choices);
  const events: SseEvent[] = [];
  let isOver = false;

  async function readChunk(): Promise<ChatCompletionChunk | null> {
    for (;;) {
      const event = events.shift();
      if (event === undefined) {
        const { done, value } = await readBytes();
        if (done) return endAt({ isMarked: false });
        events.push(...decoder.push(value));
      } else if (event.data === "[DONE]") {
        return endAt({ isMarked: true });
      } else {
        const chunk = parseChunk(event.data, { secret });
        finish.note(chunk);
        onEvent(chunk);
        const shown = wantsUsage ? chunk : withoutUsage(chunk);
        if (shown !== null) return shown;
      }
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

  function endAt(end: { isMarked: boolean }): null {
    if (!finish.isWhole(end)) {
      throw new ProviderError("The upstream ended its answer without a finish reason.", {
        kind: "unavailable",
      });
    }
    isOver = true;
    onEnd({ isEarly: false });
    if (end.isMarked) linger(bytes, body);
    return null;
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

/** The chunk for a client that did not ask for usage; null when there is nothing else in it. */
function withoutUsage(chunk: ChatCompletionChunk): ChatCompletionChunk | null {
  if (!("usage" in chunk)) return chunk;
  const { usage, ...rest } = chunk;
  return usage && chunk.choices.length === 0 ? null : rest;
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
