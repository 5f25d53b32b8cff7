import type { ChatCompletionChunk } from "../../protocol/chat-chunk.ts";

type Chunks = AsyncIterable<ChatCompletionChunk>;

export interface KeepStreamOptions {
  readonly chunks: Chunks;
  /** About how many bytes are read ahead of a slow client; beyond it the answer is not kept. */
  readonly maxBytes: number;
  /** All chunks of a stream that ended well; null when there were too many to hold. Called once, as is `onLost`. */
  readonly onWhole: (chunks: readonly ChatCompletionChunk[] | null) => void;
  /** The stream broke, or its reader left. */
  readonly onLost: () => void;
}

/**
 * Passes a stream through and hands over the whole of it. It is read as fast as it comes, so that a client that reads
 * slowly does not hold up those who wait for the same answer.
 */
export async function* keepStream(
  options: KeepStreamOptions,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const { onWhole, onLost, maxBytes } = options;
  const source = options.chunks[Symbol.asyncIterator]();
  const seen: ChatCompletionChunk[] = [];
  let bytes = 0;
  let isOver = false;
  let wake = () => {};
  let failure: { readonly error: unknown } | null = null;

  async function readAhead(): Promise<void> {
    try {
      while (bytes <= maxBytes) {
        const { done, value } = await source.next();
        if (done) {
          isOver = true;
          onWhole(seen);
          return;
        }
        seen.push(value);
        bytes += JSON.stringify(value.choices).length;
        wake();
      }
      onWhole(null);
    } catch (error) {
      failure = { error };
      onLost();
    } finally {
      wake();
    }
  }

  const reading = readAhead();
  let next = 0;
  let hasReadAll = false;
  try {
    for (;;) {
      const chunk = seen[next];
      if (chunk !== undefined) {
        next += 1;
        yield chunk;
        continue;
      }
      if (failure !== null || isOver || bytes > maxBytes) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await reading;
    if (failure !== null) throw (failure as { error: unknown }).error;
    // What did not fit goes straight from the source to the reader.
    while (!isOver) {
      const { done, value } = await source.next();
      if (done) isOver = true;
      else yield value;
    }
    hasReadAll = true;
  } finally {
    if (!hasReadAll) {
      onLost();
      await source.return?.();
    }
  }
}
