import {
  LogUnavailableError,
  pickErrorCode,
  StoreWriteError,
  UnwrittenRecordsError,
} from "../store-errors.ts";
import type { StoreLogger } from "../store-logger.ts";
import { createBatchPump } from "./batch-pump.ts";
import { createSettleWaiters, type SettleWait } from "./settle-waiters.ts";
import { createStatements } from "./statement-calls.ts";
import { createWriteQueue } from "./write-queue.ts";
import type { WriteStats } from "./write-stats.ts";
import { createWriterLink } from "./writer-link.ts";
import type { LogEntry, Statement, WriterReply, WriterSetup } from "./writer-messages.ts";
import { createWriterWatch } from "./writer-watch.ts";

export interface WriteBehind {
  /** Resolves when the thread runs and has tried to reach the database: from then on rows do not wait for either. */
  ready(): Promise<void>;
  /** Never throws and never waits. */
  record(entry: LogEntry): void;
  /**
   * Resolves once the entry outlasts a power cut; waits for room in a full queue.
   * Rejects with LogUnavailableError when neither database nor spool take anything, and with RecordRefusedError when
   * the database refuses the entry for what it holds.
   */
  recordDurably(entry: LogEntry): Promise<void>;
  /** Runs statements in one transaction on the writing connection; resolves with the number of changed rows. */
  execute(statements: readonly Statement[]): Promise<number>;
  /** Removes what deleted rows leave beside the tables. False when somebody who reads is in the way now. */
  scrub(): Promise<boolean>;
  /** Rewrites a small database without the remnants of deleted rows; false when it is too large for that. */
  rewrite(maxBytes: number): Promise<boolean>;
  /** Resolves when everything recorded before the call is in the database or the spool. */
  flush(): Promise<void>;
  /** The same, but rejects with LogUnavailableError while neither takes anything. */
  flushOrReject(): Promise<void>;
  /** An entry could not be made at all. */
  noteFailure(id: string, error: unknown): void;
  /** True while neither database nor spool take anything. */
  isStuck(): boolean;
  stats(): WriteStats;
  close(deadlineMs: number): Promise<void>;
}

export interface WriteBehindOptions {
  readonly setup: WriterSetup;
  readonly limits: {
    /** Above this many in memory, they go to the spool (or, without one, are dropped). */
    readonly maxRecords: number;
    /** The most that they take in memory; from a quarter of it on they go to the spool. */
    readonly maxBytes: number;
  };
  readonly logger: StoreLogger;
  /** How the writer thread is reached. */
  readonly createLink?: typeof createWriterLink | undefined;
}

/** With a spool the limit on the number only starts the spilling; the size bounds the memory, and spills long before. */
const SPILL_MARGIN = 4;

/** Whatever becomes of each entry. */
const ALL_SETTLED: SettleWait = { isDurable: false, isPatient: true, id: null };

/** Records now, writes soon: gathers entries into batches for the writer thread and keeps them until they are safe. */
export function createWriteBehind({
  setup,
  limits,
  logger,
  createLink = createWriterLink,
}: WriteBehindOptions): WriteBehind {
  const hasSpool = setup.spool !== null;
  const maxRecords = hasSpool ? limits.maxRecords * SPILL_MARGIN : limits.maxRecords;
  const queue = createWriteQueue({ ...limits, maxRecords });
  const waiters = createSettleWaiters();
  const watch = createWriterWatch({ hasSpool, logger });
  const count = {
    recorded: 0,
    settled: 0,
    written: 0,
    spooled: 0,
    dropped: 0,
    droppedPromises: 0,
    failed: 0,
    erased: 0,
  };
  let lastFlushMs: number | null = null;
  let isClosed = false;

  const ready = Promise.withResolvers<void>();
  const link = createLink({ setup, logger, onReply: receive, onRestart: sendAgain });
  const statements = createStatements(link);
  const batches = createBatchPump({
    queue,
    send: link.send,
    isUrgent: waiters.hasAny,
    isDurable: waiters.hasDurable,
    isSpill: () =>
      hasSpool && (queue.held > limits.maxRecords || queue.heldBytes > limits.maxBytes / SPILL_MARGIN),
  });

  function receive(reply: WriterReply): void {
    switch (reply.kind) {
      case "ready":
        ready.resolve();
        break;
      case "state":
        watch.note(reply.state);
        if (watch.isStuck()) waiters.rejectImpatient();
        break;
      case "executed":
        statements.settle(reply);
        break;
      case "written":
        settleBatch(reply);
        break;
      default:
        reply satisfies never;
    }
  }

  function settleBatch(reply: Extract<WriterReply, { kind: "written" }>): void {
    const batch = batches.settle(reply.batch);
    if (batch === null) return;
    lastFlushMs = batch.flushMs;
    const good = batch.entries.length - reply.failures.length - reply.erased;
    count.settled += batch.entries.length;
    count.failed += reply.failures.length;
    count.erased += reply.erased;
    count[reply.isSpooled ? "spooled" : "written"] += good;
    for (const { id, code } of reply.failures) logger.error({ id, code }, "a record could not be stored");
    waiters.settle(count.settled, reply.failures);
    batches.pump();
  }

  /** Whether a statement took effect nobody knows. */
  function sendAgain(): void {
    batches.sendAgain();
    statements.rejectAll("WRITER_RESTARTED");
  }

  function accept(entry: LogEntry): boolean {
    if (isClosed || !queue.push(entry)) return false;
    count.recorded += 1;
    return true;
  }

  function drop(entry: LogEntry): void {
    if (count.dropped === 0) logger.error({}, "the log's queue is full, records are dropped (see stats)");
    count.dropped += 1;
    if (entry.promise !== null) count.droppedPromises += 1;
  }

  function waitUntilSettled(wait: SettleWait): Promise<void> {
    if (count.settled >= count.recorded) return Promise.resolve();
    const settled = waiters.untilSettled(count.recorded, wait);
    batches.pump();
    return settled;
  }

  return {
    ready: () => ready.promise,

    record(entry) {
      if (accept(entry)) batches.pump();
      else drop(entry);
    },

    async recordDurably(entry) {
      while (!isClosed && !watch.isStuck() && !accept(entry)) await waiters.untilRoom();
      if (isClosed || watch.isStuck()) {
        drop(entry);
        throw new LogUnavailableError();
      }
      await waitUntilSettled({ isDurable: true, isPatient: false, id: entry.id });
    },

    async execute(list) {
      if (isClosed) throw new StoreWriteError("CLOSED");
      return statements.execute(list);
    },

    async scrub() {
      if (isClosed) throw new StoreWriteError("CLOSED");
      return statements.scrub();
    },

    async rewrite(maxBytes) {
      if (isClosed) throw new StoreWriteError("CLOSED");
      return statements.rewrite(maxBytes);
    },

    flush: () => waitUntilSettled(ALL_SETTLED),

    async flushOrReject() {
      if (watch.isStuck()) throw new LogUnavailableError();
      await waitUntilSettled({ ...ALL_SETTLED, isPatient: false });
    },

    noteFailure(id, error) {
      count.failed += 1;
      logger.error({ id, code: pickErrorCode(error) }, "a record could not be stored");
    },

    isStuck: watch.isStuck,

    stats() {
      const state = watch.read();
      return {
        queued: queue.held,
        written: count.written + (state?.drained ?? 0),
        dropped: count.dropped,
        failed: count.failed + (state?.refused ?? 0),
        erased: count.erased + (state?.erased ?? 0),
        spooled: count.spooled,
        spoolBytes: state?.spoolBytes ?? 0,
        damaged: state?.damaged ?? 0,
        lost: state?.lost ?? 0,
        lastFlushMs,
        stalled: state?.databaseTrouble ?? null,
        alert: count.dropped > 0 || watch.isStuck() || (state?.spoolTrouble ?? null) !== null,
      };
    },

    async close(deadlineMs) {
      isClosed = true;
      const deadline = AbortSignal.timeout(deadlineMs);
      const expired = new Promise<void>((resolve) => deadline.addEventListener("abort", () => resolve()));
      await Promise.race([waitUntilSettled(ALL_SETTLED), expired]);
      batches.stop();
      await link.close({ kind: "close", dropped: count.droppedPromises }, deadline);
      statements.rejectAll("CLOSED");
      if (queue.held > 0) throw new UnwrittenRecordsError(queue.held);
    },
  };
}
