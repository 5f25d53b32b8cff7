import type { InferenceRecorder } from "./inference-log.ts";
import type { PromiseFile } from "./spool/promise-file.ts";
import type { Recording } from "./writer/encode-recording.ts";
import type { EntryPacker } from "./writer/pack-entry.ts";
import type { WriteBehind } from "./writer/write-behind.ts";
import type { LogEntry } from "./writer/writer-messages.ts";

export interface RecorderParts {
  readonly writer: WriteBehind;
  readonly pack: EntryPacker;
  /** Null where nothing outlives the process. */
  readonly promises: PromiseFile | null;
}

/** Takes snapshots of records and hands them to the queue. */
export function createRecorder({ writer, pack, promises }: RecorderParts): InferenceRecorder {
  let unkept = 0;

  const promise = (): number => {
    unkept = promises === null ? unkept + 1 : promises.add();
    return unkept;
  };

  function createEntry(recording: Recording, owed: number | null = null): LogEntry | null {
    try {
      return pack(recording, owed);
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
