import type { FeedbackRecord, InferenceRecord, ShadowRecord } from "../inference-log.ts";

/** A record as it comes to the writer thread, by kind. */
export type LogRecord =
  | { readonly kind: "inference"; readonly record: InferenceRecord }
  | { readonly kind: "shadow"; readonly record: ShadowRecord }
  | { readonly kind: "feedback"; readonly record: FeedbackRecord };

/** Changes a record before it is stored anywhere, the spool included. Runs in the writer thread. */
export type RecordTransform = (entry: LogRecord) => LogRecord;
