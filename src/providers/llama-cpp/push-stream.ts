/** An async iterable fed from outside; values pushed before reading wait in it. One reader. */
export interface PushStream<T> extends AsyncIterable<T> {
  push(value: T): void;
  end(): void;
  /** The reader gets `error` next; what it has not read yet is of no use any more. */
  fail(error: unknown): void;
}

export function createPushStream<T>(): PushStream<T> {
  const values: T[] = [];
  let outcome: { readonly error?: unknown; readonly isError: boolean } | null = null;
  let wake: (() => void) | null = null;
  const signalReader = () => {
    wake?.();
    wake = null;
  };

  async function* read(): AsyncGenerator<T, void, void> {
    for (;;) {
      const value = values.shift();
      if (value !== undefined) {
        yield value;
      } else if (outcome !== null) {
        if (outcome.isError) throw outcome.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }

  return {
    push(value) {
      if (outcome === null) values.push(value);
      signalReader();
    },
    end() {
      outcome ??= { isError: false };
      signalReader();
    },
    fail(error) {
      if (outcome !== null) return;
      outcome = { isError: true, error };
      values.length = 0;
      signalReader();
    },
    [Symbol.asyncIterator]: read,
  };
}
