import type { InferenceRecorder } from "./inference-log.ts";
import type { PromiseFile } from "./spool/promise-file.ts";
import { pickErrorCode, RecordRefusedError } from "./store-errors.ts";
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

  /** The refusal of what nothing can be made of is counted. */
  function createEntry(recording: Recording, owed: number | null = null): LogEntry | RecordRefusedError {
    try {
      return pack(recording, owed);
    } catch (error) {
      writer.noteFailure(recording.record.id, error);
      return new RecordRefusedError(pickErrorCode(error));
    }
  }

  function record(recording: Recording, owed?: number): void {
    const entry = createEntry(recording, owed);
    if (!(entry instanceof RecordRefusedError)) writer.record(entry);
  }

  return {
    promise,
    recordInference: (inference, owed = promise()) => record({ kind: "inference", record: inference }, owed),
    async recordInferenceDurably(inference) {
      const entry = createEntry({ kind: "inference", record: inference }, promise());
      if (entry instanceof RecordRefusedError) throw entry;
      await writer.recordDurably(entry);
    },
    noteFailure: writer.noteFailure,
    recordShadow: (shadow) => record({ kind: "shadow", record: shadow }),
    recordFeedback: (opinion) => record({ kind: "feedback", record: opinion }),
    async recordFeedbackDurably(opinion) {
      const entry = createEntry({ kind: "feedback", record: opinion });
      if (entry instanceof RecordRefusedError) throw entry;
      await writer.recordDurably(entry);
    },
    flush: writer.flushOrReject,
    isAvailable: () => !writer.isStuck(),
    stats: writer.stats,
  };
}
