import { PRIVACY_POLICIES } from "../inference-log.ts";
import { findOrigin, type Recording, type RecordingEncoder } from "./encode-recording.ts";
import type { LogEntry, LogRow, PackedRows, TablePlans } from "./writer-messages.ts";

/** Objects around an entry's texts. */
const FIXED_BYTES = 500;

/** Takes a snapshot of a record. Throws for what has no JSON. */
export type EntryPacker = (recording: Recording, promise: number | null) => LogEntry;

/**
 * Packs a record's rows for the way to the thread. Its many short values go as one JSON text, which costs a third of
 * cloning them one by one; its contents go as they are, which costs a fraction of escaping them for JSON.
 */
export function createEntryPacker(plans: TablePlans, encode: RecordingEncoder): EntryPacker {
  function takeContents(rows: readonly LogRow[], contents: (string | null)[]): LogRow[] {
    return rows.map(({ table, values }) => {
      const rest = values.map((value, index) => {
        if (plans[table].columns[index]?.isContent !== true) return value;
        contents.push(value === null ? null : String(value));
        return null;
      });
      return { table, values: rest };
    });
  }

  return (recording, promise) => {
    const contents: (string | null)[] = [];
    const redactsTexts =
      recording.kind === "feedback" || recording.record.policyVersion === PRIVACY_POLICIES.on;
    const rows = takeContents(encode(recording), contents);
    const packed: PackedRows = { origin: findOrigin(recording), redactsTexts, rows };
    const text = JSON.stringify(packed);
    const bytes = contents.reduce((sum, content) => sum + (content?.length ?? 0), FIXED_BYTES + text.length);
    return { id: recording.record.id, promise, text, contents, bytes };
  };
}
