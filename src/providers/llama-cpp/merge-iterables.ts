/**
 * The values of several async iterables as they come, those of each in order. Ends when all have ended; when one throws
 * or the reader leaves, the others are returned before that is passed on.
 */
export async function* mergeIterables<T>(
  sources: readonly AsyncIterable<T>[],
): AsyncGenerator<T, void, void> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const pending = new Map(iterators.map((iterator) => [iterator, advance(iterator)]));
  try {
    while (pending.size > 0) {
      const { iterator, result } = await Promise.race(pending.values());
      if (result.done === true) pending.delete(iterator);
      else {
        // Asked on before the value is handed over, so that a slow reader holds up no source.
        pending.set(iterator, advance(iterator));
        yield result.value;
      }
    }
  } finally {
    for (const [iterator, step] of pending) {
      step.catch(() => {});
      // Not waited for: one that hangs must not keep the others' error from the reader.
      iterator.return?.().catch(() => {});
    }
  }
}

async function advance<T>(iterator: AsyncIterator<T>) {
  return { iterator, result: await iterator.next() };
}
