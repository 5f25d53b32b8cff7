import type { LogRecord } from "./transform-record.ts";
import type { LogEntry } from "./writer-messages.ts";

/** An entry with the record that may be stored of it. */
export interface PreparedEntry {
  readonly entry: LogEntry;
  readonly record: LogRecord;
  /** The record is not the one that the entry carries. */
  readonly isChanged: boolean;
}

/** The record that an entry carries. */
export function parseEntry({ kind, text }: LogEntry): LogRecord {
  // Written by `JSON.stringify` from a record of that kind, in this thread's process or its predecessor.
  return { kind, record: JSON.parse(text) } as LogRecord;
}

/** The entry as it may lie in the spool. Made for the spool alone: most entries never go there. */
export function createStoredEntry({ entry, record, isChanged }: PreparedEntry): LogEntry {
  return isChanged ? { ...entry, text: JSON.stringify(record.record) } : entry;
}
