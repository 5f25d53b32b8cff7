import type { InferenceRecorder } from "./inference-log.ts";
import type { PromiseFile } from "./spool/promise-file.ts";
import { createLogEntry, type Recording } from "./writer/log-entry.ts";
import type { WriteBehind } from "./writer/write-behind.ts";
import type { LogEntry } from "./writer/writer-messages.ts";

/** Takes snapshots of records and hands them to the queue. `promises` is null where nothing outlives the process. */
export function createRecorder(writer: WriteBehind, promises: PromiseFile | null): InferenceRecorder {
  let unkept = 0;

  const promise = (): number => {
    unkept = promises === null ? unkept + 1 : promises.add();
    return unkept;
  };

  function createEntry(recording: Recording, owed: number | null = null): LogEntry | null {
    try {
      return createLogEntry(recording, owed);
    } catch (error) {
      writer.noteFailure(recording.record.id, error);
      return null;
    }
  }

  function record(entry: LogEntry | null): void {
    if (entry !== null) writer.record(entry);
  }

  return {
    promise,
    recordInference: (inference, owed = promise()) =>
      record(createEntry({ kind: "inference", record: inference }, owed)),
    async recordInferenceDurably(inference) {
      const entry = createEntry({ kind: "inference", record: inference }, promise());
      if (entry !== null) await writer.recordDurably(entry);
    },
    recordShadow: (shadow) => record(createEntry({ kind: "shadow", record: shadow })),
    recordFeedback: (opinion) => record(createEntry({ kind: "feedback", record: opinion })),
    flush: writer.flush,
    isAvailable: () => !writer.isStuck(),
    stats: writer.stats,
  };
}
