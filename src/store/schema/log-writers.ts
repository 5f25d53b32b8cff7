import type { ColumnKit } from "./sqlite-kit.ts";

/**
 * One row for each process that writes the log, updated in the transaction of each of its batches. What the process
 * promised beyond `sequence` and did not leave in its spool was lost with it.
 */
export function createLogWriterTables({ table, id, text, integer, bigint }: ColumnKit) {
  const logWriters = table("log_writers", {
    id: id(),
    host: text().notNull(),
    /** Highest promise kept: all up to it are committed, in the spool, or counted as refused. */
    sequence: bigint().notNull(),
    /** Promises not kept, once its successor has counted them; null while it lives. */
    lost: integer(),
    startedAt: bigint().notNull(),
    updatedAt: bigint().notNull(),
  });
  return { logWriters };
}
