import { pickErrorCode, StoreWriteError, UnwrittenRecordsError } from "./store-errors.ts";
import type { StoreLogger } from "./store-logger.ts";
import { createWriteQueue, type WriteQueueLimits } from "./write-queue.ts";
import { createWriterLink } from "./writer-link.ts";
import type { Statement, WriterReply, WriterSetup, WriteUnit } from "./writer-messages.ts";

/** A batch leaves when it has this many records or its first one waited this long. */
const BATCH_UNITS = 500;
const BATCH_WINDOW_MS = 50;
const BATCHES_UNDER_WAY = 2;

export interface WriteStats {
  /** Recorded and not yet committed. */
  readonly queued: number;
  readonly written: number;
  /** Not taken because the queue was full, or because the store was closed. */
  readonly dropped: number;
  /** Refused by the database for what they hold. */
  readonly failed: number;
  /** From handing the last batch to the writer until its commit was reported; null before the first. */
  readonly lastFlushMs: number | null;
  /** The database's code while it cannot write, else null. */
  readonly stalled: string | null;
}

export interface WriteBehind {
  /** Never throws and never waits. `id` names the record should `encode` fail. */
  record(id: string, encode: () => WriteUnit): void;
  /** Runs statements in one transaction on the writing connection; resolves with the number of changed rows. */
  execute(statements: readonly Statement[]): Promise<number>;
  flush(): Promise<void>;
  stats(): WriteStats;
  close(deadlineMs: number): Promise<void>;
}

export interface WriteBehindOptions {
  readonly setup: WriterSetup;
  readonly limits: WriteQueueLimits;
  readonly logger: StoreLogger;
  /** How the writer thread is reached. */
  readonly createLink?: typeof createWriterLink | undefined;
}

interface Call {
  readonly resolve: (changes: number) => void;
  readonly reject: (error: Error) => void;
}

/** Records now, writes soon: gathers records into batches for the writer thread and keeps them until it committed. */
export function createWriteBehind({
  setup,
  limits,
  logger,
  createLink = createWriterLink,
}: WriteBehindOptions): WriteBehind {
  const queue = createWriteQueue(limits);
  const calls = new Map<number, Call>();
  const sentAt = new Map<number, number>();
  let waiters: { readonly recorded: number; readonly resolve: () => void }[] = [];
  const count = { recorded: 0, settled: 0, written: 0, dropped: 0, failed: 0, calls: 0 };
  let lastFlushMs: number | null = null;
  let stalled: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** The window of the first waiting record is over. */
  let isDue = false;
  let isClosed = false;

  const link = createLink({ setup, logger, onReply: receive, onRestart: sendAgain });

  function receive(reply: WriterReply): void {
    if (reply.kind === "stalled") {
      if (stalled !== reply.code)
        logger.warn({ code: reply.code }, "the database cannot write, will try again");
      stalled = reply.code;
      return;
    }
    stalled = null;
    if (reply.kind === "executed") {
      const call = calls.get(reply.call);
      calls.delete(reply.call);
      if (reply.code === null) call?.resolve(reply.changes);
      else call?.reject(new StoreWriteError(reply.code));
      return;
    }
    const batch = queue.settle(reply.batch);
    if (batch === null) return;
    lastFlushMs = performance.now() - (sentAt.get(batch.number) ?? 0);
    sentAt.delete(batch.number);
    count.settled += batch.units.length;
    count.written += batch.units.length - reply.failures.length;
    count.failed += reply.failures.length;
    for (const { id, code } of reply.failures) logger.error({ id, code }, "a record could not be stored");
    releaseWaiters();
    pump();
  }

  /** Batches settle in order (one thread, one queue), so the number settled tells what is committed. */
  function releaseWaiters(): void {
    const isDone = (waiter: { readonly recorded: number }): boolean => waiter.recorded <= count.settled;
    for (const waiter of waiters.filter(isDone)) waiter.resolve();
    waiters = waiters.filter((waiter) => !isDone(waiter));
  }

  function pump(): void {
    while (queue.underWay().length < BATCHES_UNDER_WAY && queue.waiting > 0) {
      const isReady = isDue || waiters.length > 0 || queue.waiting >= BATCH_UNITS;
      if (!isReady) break;
      sendBatch();
    }
    if (queue.waiting === 0) stopTimer();
    else if (timer === null && !isDue) timer = setTimeout(windowEnds, BATCH_WINDOW_MS);
  }

  function windowEnds(): void {
    timer = null;
    isDue = true;
    pump();
  }

  function stopTimer(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function sendBatch(): void {
    isDue = false;
    stopTimer();
    const batch = queue.take(BATCH_UNITS);
    if (batch === null) return;
    sentAt.set(batch.number, performance.now());
    link.send({ kind: "write", batch: batch.number, units: batch.units });
  }

  /** Inserts leave existing rows alone, so batches can go twice. Whether a statement took effect nobody knows. */
  function sendAgain(): void {
    for (const batch of queue.underWay())
      link.send({ kind: "write", batch: batch.number, units: batch.units });
    rejectCalls("WRITER_RESTARTED");
  }

  function rejectCalls(code: string): void {
    for (const call of calls.values()) call.reject(new StoreWriteError(code));
    calls.clear();
  }

  function flush(): Promise<void> {
    if (count.settled >= count.recorded) return Promise.resolve();
    return new Promise((resolve) => {
      waiters.push({ recorded: count.recorded, resolve });
      pump();
    });
  }

  return {
    record(id, encode) {
      let unit: WriteUnit;
      try {
        unit = encode();
      } catch (error) {
        count.failed += 1;
        logger.error({ id, code: pickErrorCode(error) }, "a record could not be stored");
        return;
      }
      if (isClosed || !queue.push(unit)) {
        if (count.dropped === 0)
          logger.warn({}, "the store's queue is full, records are dropped (see stats)");
        count.dropped += 1;
        return;
      }
      count.recorded += 1;
      pump();
    },

    execute: async (statements) => {
      if (isClosed) throw new StoreWriteError("CLOSED");
      return new Promise((resolve, reject) => {
        count.calls += 1;
        calls.set(count.calls, { resolve, reject });
        link.send({ kind: "execute", call: count.calls, statements });
      });
    },

    flush,

    stats: () => ({
      queued: queue.held,
      written: count.written,
      dropped: count.dropped,
      failed: count.failed,
      lastFlushMs,
      stalled,
    }),

    async close(deadlineMs) {
      if (isClosed) return;
      isClosed = true;
      const deadline = AbortSignal.timeout(deadlineMs);
      const expired = new Promise<void>((resolve) => deadline.addEventListener("abort", () => resolve()));
      await Promise.race([flush(), expired]);
      stopTimer();
      await link.close(deadline);
      rejectCalls("CLOSED");
      if (queue.held > 0) throw new UnwrittenRecordsError(queue.held);
    },
  };
}
