import { LogUnavailableError } from "../store-errors.ts";

/** Those who wait for entries to be safe, or for room in the queue. */
export interface SettleWaiters {
  /** Resolves when so many entries are settled. A durable wait rejects with LogUnavailableError while nothing can be. */
  untilSettled(entries: number, options: { readonly isDurable: boolean }): Promise<void>;
  /** Resolves when there may be room again. */
  untilRoom(): Promise<void>;
  /** Entries settle in order (one thread, one queue), so their number tells what is safe. */
  settle(entries: number): void;
  /** Nothing can be made durable now. */
  rejectDurable(): void;
  hasAny(): boolean;
  hasDurable(): boolean;
}

interface Waiter {
  readonly entries: number;
  readonly isDurable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function createSettleWaiters(): SettleWaiters {
  let waiters: Waiter[] = [];
  const roomWaiters: (() => void)[] = [];

  /** Takes out those it is true of. */
  function take(isDone: (waiter: Waiter) => boolean): Waiter[] {
    const done = waiters.filter(isDone);
    if (done.length > 0) waiters = waiters.filter((waiter) => !isDone(waiter));
    return done;
  }

  function offerRoom(): void {
    for (const resolve of roomWaiters.splice(0)) resolve();
  }

  return {
    untilSettled: (entries, { isDurable }) =>
      new Promise((resolve, reject) => waiters.push({ entries, isDurable, resolve, reject })),
    untilRoom: () => new Promise((resolve) => roomWaiters.push(resolve)),
    settle(entries) {
      for (const waiter of take((candidate) => candidate.entries <= entries)) waiter.resolve();
      offerRoom();
    },
    rejectDurable() {
      for (const waiter of take(({ isDurable }) => isDurable)) waiter.reject(new LogUnavailableError());
      offerRoom();
    },
    hasAny: () => waiters.length > 0,
    hasDurable: () => waiters.some(({ isDurable }) => isDurable),
  };
}
