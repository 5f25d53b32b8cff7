import type { LogRecord, RecordTransform } from "./transform-record.ts";
import type { LogEntry } from "./writer-messages.ts";

/** The record that an entry carries. */
export function parseEntry({ kind, text }: LogEntry): LogRecord {
  // Written by `JSON.stringify` from a record of that kind, in this thread's process or its predecessor.
  return { kind, record: JSON.parse(text) } as LogRecord;
}

/** The entry as it may be stored: its record transformed, or itself when the transform leaves that alone. */
export function transformEntry(entry: LogEntry, transform: RecordTransform): LogEntry {
  const before = parseEntry(entry);
  const after = transform(before);
  return after === before ? entry : { ...entry, text: JSON.stringify(after.record) };
}
