/** Work that several wait for, each with a signal of its own. */
export interface SharedWork<Result> {
  /** Rejects with the signal's reason, too; the work goes on while anybody else waits for it. */
  wait(signal?: AbortSignal): Promise<Result>;
}

/** Starts work that is broken off, and fails, when the last of those who wait for it leaves before it is done. */
export function createSharedWork<Result>(options: {
  readonly start: (signal: AbortSignal) => Promise<Result>;
  /** Called once, before anybody who waits is told; also when the work is broken off. */
  readonly onFailure: (error: unknown) => void;
}): SharedWork<Result> {
  const controller = new AbortController();
  let isOver = false;
  let waiting = 0;
  const work = options.start(controller.signal);
  const result = work.then(
    (value) => {
      isOver = true;
      return value;
    },
    (error: unknown) => {
      fail(error);
      throw error;
    },
  );
  // Those who wait are told; nobody may.
  result.catch(() => {});

  function fail(error: unknown): void {
    if (isOver) return;
    isOver = true;
    options.onFailure(error);
  }

  function leave(reason: unknown): void {
    if (--waiting > 0 || isOver) return;
    // At once: whoever asks next must not be handed work that is being broken off.
    fail(reason);
    controller.abort(reason);
  }

  return {
    async wait(signal) {
      signal?.throwIfAborted();
      waiting++;
      if (signal === undefined) return await result;
      const gone = Promise.withResolvers<never>();
      const onAbort = () => {
        leave(signal.reason);
        gone.reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        return await Promise.race([result, gone.promise]);
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}
