import type { InferenceRecorder } from "./inference-log.ts";
import type { PromiseFile } from "./spool/promise-file.ts";
import type { WriteBehind } from "./writer/write-behind.ts";
import type { LogEntry, LogEntryKind } from "./writer/writer-messages.ts";

/** Takes snapshots of records and hands them to the queue. `promises` is null where nothing outlives the process. */
export function createRecorder(writer: WriteBehind, promises: PromiseFile | null): InferenceRecorder {
  let unkept = 0;

  const promise = (): number => {
    unkept = promises === null ? unkept + 1 : promises.add();
    return unkept;
  };

  function createEntry(
    kind: LogEntryKind,
    record: { readonly id: string },
    owed: number | null = null,
  ): LogEntry | null {
    try {
      return { id: record.id, kind, text: JSON.stringify(record), promise: owed };
    } catch (error) {
      writer.noteFailure(record.id, error);
      return null;
    }
  }

  function record(entry: LogEntry | null): void {
    if (entry !== null) writer.record(entry);
  }

  return {
    promise,
    recordInference: (inference, owed = promise()) => record(createEntry("inference", inference, owed)),
    async recordInferenceDurably(inference) {
      const entry = createEntry("inference", inference, promise());
      if (entry !== null) await writer.recordDurably(entry);
    },
    recordShadow: (shadow) => record(createEntry("shadow", shadow)),
    recordFeedback: (opinion) => record(createEntry("feedback", opinion)),
    flush: writer.flush,
    isAvailable: () => !writer.isStuck(),
    stats: writer.stats,
  };
}
