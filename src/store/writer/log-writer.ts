import { setTimeout as sleep } from "node:timers/promises";
import type { Tombstones } from "../erasure/tombstones.ts";
import type { Spool } from "../spool/spool.ts";
import { isDatabaseTrouble, pickErrorCode } from "../store-errors.ts";
import { type CommitOutcome, commitGood, type DatabaseWriter } from "./database-writer.ts";
import { createSpooledEntry } from "./spooled-entry.ts";
import type {
  LogEntry,
  SpooledEntry,
  Statement,
  TablePlans,
  WriteFailure,
  WriteRequest,
  WriterIdentity,
  WriteUnit,
} from "./writer-messages.ts";
import type { WriterStatus } from "./writer-status.ts";

const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 1_000;
/** Rows wait as long as it takes; somebody waits for the answer of a statement. */
const STATEMENT_TRIES = 5;

export interface LogWriterOptions {
  readonly database: DatabaseWriter;
  readonly plans: TablePlans;
  readonly open: (entry: LogEntry) => WriteUnit;
  readonly parseSpooled: (entry: SpooledEntry) => WriteUnit;
  readonly spool: Spool | null;
  readonly writer: WriterIdentity;
  readonly status: WriterStatus;
  /** As of the last batch: what they cover does not go to the spool either. */
  readonly tombstones: Pick<Tombstones, "covers">;
}

interface PreparedBatch {
  readonly units: readonly WriteUnit[];
  readonly failures: readonly WriteFailure[];
  readonly erased: number;
  /** Highest promise among the entries. */
  readonly reached: number;
}

interface WriteOutcome extends CommitOutcome {
  readonly isSpooled: boolean;
}

/** Brings entries to the database, or to the spool while the database is away. */
export interface LogWriter {
  /** Everything about a batch that needs no database: while one is being committed, the next is made ready. */
  prepare(entries: readonly LogEntry[]): PreparedBatch;
  /** Resolves when the entries are safe. Waits as long as neither database nor spool take them. */
  write(batch: PreparedBatch, how: Pick<WriteRequest, "isDurable" | "isSpill">): Promise<WriteOutcome>;
  execute(statements: readonly Statement[]): Promise<number>;
  /** Commits entries that come out of a spool. Throws when the database is in trouble. */
  commitSpooled(entries: readonly SpooledEntry[], owner: WriterIdentity): Promise<CommitOutcome>;
  /** Runs work on the database while nothing else does. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Highest promise kept so far. */
  readonly sequence: number;
}

export function createLogWriter(options: LogWriterOptions): LogWriter {
  const { database, spool, status, writer, tombstones } = options;
  let tail: Promise<unknown> = Promise.resolve();
  let sequence = 0;

  function exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  }

  /** Entries that nothing can be made of fail alone; those of what was erased are left out. */
  function prepare<Entry extends LogEntry | SpooledEntry>(
    entries: readonly Entry[],
    read: (entry: Entry) => WriteUnit,
  ): PreparedBatch {
    const units: WriteUnit[] = [];
    const failures: WriteFailure[] = [];
    let erased = 0;
    for (const entry of entries) {
      try {
        const unit = read(entry);
        if (tombstones.covers(unit.origin)) erased += 1;
        else units.push(unit);
      } catch (error) {
        failures.push({ id: entry.id, code: pickErrorCode(error) });
      }
    }
    return { units, failures, erased, reached: findHighestPromise(entries) };
  }

  async function commit(
    units: readonly WriteUnit[],
    options: { readonly owner: WriterIdentity; readonly isDurable: boolean; readonly reached: number },
  ): Promise<CommitOutcome> {
    const { owner, isDurable, reached } = options;
    const progress = spool === null || reached === 0 ? null : { writer: owner, sequence: reached };
    try {
      const outcome = await exclusively(() =>
        commitGood(database, units, { progress, isDurable, findRefusal }),
      );
      status.change({ databaseTrouble: null });
      return outcome;
    } catch (error) {
      status.change({ databaseTrouble: pickErrorCode(error) });
      throw error;
    }
  }

  function trySpool(units: readonly WriteUnit[], isDurable: boolean): boolean {
    if (spool === null) return false;
    try {
      const entries = units.map((unit) => createSpooledEntry(unit, options.plans));
      spool.append(entries, { isDurable });
      status.change({ spoolTrouble: null, spoolBytes: spool.measureBytes() });
      return true;
    } catch (error) {
      status.change({ spoolTrouble: pickErrorCode(error) });
      return false;
    }
  }

  return {
    prepare: (entries) => prepare(entries, options.open),

    async write({ units, failures, erased, reached }, { isDurable, isSpill }) {
      sequence = Math.max(sequence, reached);
      for (let attempt = 0; ; attempt += 1) {
        const isAway = status.read().databaseTrouble !== null;
        // While the database is away the spool is asked first: it answers at once.
        if ((isAway || isSpill) && trySpool(units, isDurable)) return { failures, erased, isSpooled: true };
        try {
          const outcome = await commit(units, { owner: writer, isDurable, reached });
          return {
            failures: [...failures, ...outcome.failures],
            erased: erased + outcome.erased,
            isSpooled: false,
          };
        } catch (error) {
          // A thread that dies is started again, and is sent again what it did not answer.
          if (findRefusal(error) !== null) throw error;
        }
        if (trySpool(units, isDurable)) return { failures, erased, isSpooled: true };
        await sleep(Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS));
      }
    },

    async execute(statements) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await exclusively(() => database.execute(statements));
        } catch (error) {
          if (findRefusal(error) !== null || attempt >= STATEMENT_TRIES) throw error;
          await sleep(FIRST_RETRY_MS * 2 ** attempt);
        }
      }
    },

    async commitSpooled(entries, owner) {
      const { units, failures, erased, reached } = prepare(entries, options.parseSpooled);
      const outcome = await commit(units, { owner, isDurable: false, reached });
      return { failures: [...failures, ...outcome.failures], erased: erased + outcome.erased };
    },

    exclusively,
    get sequence() {
      return sequence;
    },
  };
}

export function findHighestPromise(entries: readonly { readonly promise: number | null }[]): number {
  return entries.reduce((highest, { promise }) => Math.max(highest, promise ?? 0), 0);
}

/** The code of an error that blames the row; null when the database is at fault. */
function findRefusal(error: unknown): string | null {
  const code = pickErrorCode(error);
  return isDatabaseTrouble(code) ? null : code;
}
