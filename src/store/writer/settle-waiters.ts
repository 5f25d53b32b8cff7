import { LogUnavailableError, RecordRefusedError } from "../store-errors.ts";
import type { WriteFailure } from "./writer-messages.ts";

/** Those who wait for entries to be safe, or for room in the queue. */
export interface SettleWaiters {
  /** Resolves when so many entries are settled. */
  untilSettled(entries: number, options: SettleWait): Promise<void>;
  /** Resolves when there may be room again. */
  untilRoom(): Promise<void>;
  /** Entries settle in order (one thread, one queue), so their number tells what is safe. */
  settle(entries: number, failures: readonly WriteFailure[]): void;
  /** Neither database nor spool take anything: those who would rather know than wait are told. */
  rejectImpatient(): void;
  hasAny(): boolean;
  hasDurable(): boolean;
}

export interface SettleWait {
  /** The entries are to outlast a power cut. */
  readonly isDurable: boolean;
  /** Otherwise rejects with LogUnavailableError while neither database nor spool take anything. */
  readonly isPatient: boolean;
  /** The last of the entries, if the wait is for it: rejects with RecordRefusedError when it was not stored. */
  readonly id: string | null;
}

interface Waiter extends SettleWait {
  readonly entries: number;
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
    untilSettled: (entries, wait) =>
      new Promise((resolve, reject) => waiters.push({ ...wait, entries, resolve, reject })),
    untilRoom: () => new Promise((resolve) => roomWaiters.push(resolve)),
    settle(entries, failures) {
      for (const waiter of take((candidate) => candidate.entries <= entries)) {
        const failure = failures.find(({ id }) => id === waiter.id);
        if (failure === undefined) waiter.resolve();
        else waiter.reject(new RecordRefusedError(failure.code));
      }
      offerRoom();
    },
    rejectImpatient() {
      for (const waiter of take(({ isPatient }) => !isPatient)) waiter.reject(new LogUnavailableError());
      offerRoom();
    },
    hasAny: () => waiters.length > 0,
    hasDurable: () => waiters.some(({ isDurable }) => isDurable),
  };
}
