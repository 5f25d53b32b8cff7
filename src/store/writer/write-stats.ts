/** Counts since the start of the process, and the log's state. */
export interface WriteStats {
  /** Recorded and not yet safe. */
  readonly queued: number;
  /** Committed to the database, by way of the spool or not. */
  readonly written: number;
  /** Not taken because the queue was full, or because the store was closed. */
  readonly dropped: number;
  /** Refused by the database for what they hold, or never made because nothing could be made of them. */
  readonly failed: number;
  /** Left out because they belong to what was erased. */
  readonly erased: number;
  /** Put into the spool while the database was away or too slow. */
  readonly spooled: number;
  /** In the spool now. */
  readonly spoolBytes: number;
  /** Damaged entries found in spools and skipped. */
  readonly damaged: number;
  /** Rows that processes which were killed had promised and not written, over all time. */
  readonly lost: number;
  /** From handing the last batch to the writer until it was reported safe; null before the first. */
  readonly lastFlushMs: number | null;
  /** The database's code while it cannot write, else null. */
  readonly stalled: string | null;
  /** Rows were dropped, or the disk takes nothing more: somebody has to look. */
  readonly alert: boolean;
}
