import type { Statement, WriteFailure, WriterIdentity, WriteUnit } from "./writer-messages.ts";

/** How far a writer came: committed with the units that bring it there. */
export interface WriterProgress {
  readonly writer: WriterIdentity;
  /** Highest promise kept. */
  readonly sequence: number;
}

export interface WriteOptions {
  readonly progress: WriterProgress | null;
  /** The commit is to outlast a power cut. */
  readonly isDurable: boolean;
}

/** The one connection that writes. Every method throws when the database is in trouble; its next call tries anew. */
export interface DatabaseWriter {
  /**
   * Commits units and progress in one transaction. Throws with the refusal's code when the database refuses a row for
   * its content; nothing is committed then. Rows whose key exists already are left as they are. Units of what was
   * erased are left out; resolves with how many those were.
   */
  commit(units: readonly WriteUnit[], options: WriteOptions): Promise<number>;
  /** Runs the statements in one transaction; resolves with how many rows they changed. */
  execute(statements: readonly Statement[]): Promise<number>;
  /**
   * Closes the books of a writer that is gone: `promised` less what it kept is lost, unless the books were closed
   * before. `spooled` is the highest promise found in its spool. Resolves with the number lost.
   */
  settleWriter(end: WriterEnd): Promise<number>;
  /** Forgets a writer that kept every promise. */
  removeWriter(id: string): Promise<void>;
  /** Empties what keeps deleted contents beside the tables. False when a reader is in the way now. */
  scrub(): Promise<boolean>;
  /**
   * Rewrites a database of at most so many bytes, so that pages in use keep no copy of what was deleted either. False
   * when it is larger, or when that is not how this database does it. Throws while others write.
   */
  rewrite(maxBytes: number): Promise<boolean>;
  /** Promises lost by all writers so far. */
  countLost(): Promise<number>;
  /** Work that is due now and then, such as partitions ahead of time. */
  maintain(nowMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface WriterEnd {
  readonly id: string;
  readonly promised: number;
  readonly spooled: number;
  /** Damaged entries in the midst of its spool. */
  readonly damaged: number;
  readonly nowMs: number;
}

export interface CommitOutcome {
  readonly failures: readonly WriteFailure[];
  /** Units left out because their inference or user was erased. */
  readonly erased: number;
}

/**
 * Commits what can be committed and returns what the database refused for its content: halves a refused batch until
 * the bad units stand alone, so that one of them does not take the rest along. Throws when the database is in trouble.
 */
export async function commitGood(
  writer: DatabaseWriter,
  units: readonly WriteUnit[],
  options: WriteOptions & { readonly findRefusal: (error: unknown) => string | null },
): Promise<CommitOutcome> {
  try {
    return { failures: [], erased: await writer.commit(units, options) };
  } catch (error) {
    const code = options.findRefusal(error);
    const [first] = units;
    if (code === null || first === undefined) throw error;
    if (units.length === 1) return { failures: [{ id: first.id, code }], erased: 0 };
    const middle = units.length >> 1;
    const head = await commitGood(writer, units.slice(0, middle), { ...options, progress: null });
    const tail = await commitGood(writer, units.slice(middle), options);
    return { failures: [...head.failures, ...tail.failures], erased: head.erased + tail.erased };
  }
}
