import type { FeedbackRecord, InferenceRecord, ShadowRecord } from "../inference-log.ts";
import type { EntryContents, LogEntry, SpooledEntry } from "./writer-messages.ts";

/** What the log is given, by kind. */
export type Recording =
  | { readonly kind: "inference"; readonly record: InferenceRecord }
  | { readonly kind: "shadow"; readonly record: ShadowRecord }
  | { readonly kind: "feedback"; readonly record: FeedbackRecord };

/** The same in the writer thread, contents apart. */
export type LogRecord =
  | {
      readonly kind: "inference";
      readonly record: Omit<InferenceRecord, "body">;
      readonly contents: EntryContents | null;
    }
  | {
      readonly kind: "shadow";
      readonly record: Omit<ShadowRecord, "answer">;
      readonly contents: EntryContents | null;
    }
  | { readonly kind: "feedback"; readonly record: FeedbackRecord; readonly contents: null };

/** Changes a record before it is stored anywhere, the spool included. Runs in the writer thread. */
export type RecordTransform = (record: LogRecord) => LogRecord;

/** An entry with the record that may be stored of it. */
export interface PreparedEntry {
  readonly entry: LogEntry | SpooledEntry;
  readonly record: LogRecord;
}

/** A snapshot of a record. Throws for what has no JSON. */
export function createLogEntry(recording: Recording, promise: number | null): LogEntry {
  const { record, contents } = splitContents(recording);
  return { id: record.id, kind: recording.kind, text: JSON.stringify(record), contents, promise };
}

export function splitContents(recording: Recording): LogRecord {
  switch (recording.kind) {
    case "inference": {
      const { body, ...record } = recording.record;
      const contents =
        body === null ? null : { request: JSON.stringify(body.request) ?? null, answer: body.answer };
      return { kind: "inference", record, contents };
    }
    case "shadow": {
      const { answer, ...record } = recording.record;
      return { kind: "shadow", record, contents: answer === null ? null : { request: null, answer } };
    }
    case "feedback":
      return { ...recording, contents: null };
    default:
      return recording satisfies never;
  }
}

export function parseLogEntry({ kind, text, contents }: LogEntry): LogRecord {
  // Written by `createLogEntry` from a record of that kind.
  return { kind, record: JSON.parse(text), contents } as LogRecord;
}

/** The entry as it may lie in the spool, in one piece. */
export function createSpooledEntry({
  entry,
  record: { kind, record, contents },
}: PreparedEntry): SpooledEntry {
  const { id, promise } = entry;
  const fields = JSON.stringify(record);
  const answer = JSON.stringify(contents?.answer ?? null);
  switch (kind) {
    case "inference": {
      const body = contents === null ? null : `{"request":${contents.request},"answer":${answer}}`;
      return { id, kind, promise, text: `${fields.slice(0, -1)},"body":${body}}` };
    }
    case "shadow":
      return { id, kind, promise, text: `${fields.slice(0, -1)},"answer":${answer}}` };
    case "feedback":
      return { id, kind, promise, text: fields };
    default:
      return kind satisfies never;
  }
}

export function parseSpooledEntry({ kind, text }: SpooledEntry): LogRecord {
  // Written by `createSpooledEntry`, in this process or one before it.
  return splitContents({ kind, record: JSON.parse(text) } as Recording);
}
