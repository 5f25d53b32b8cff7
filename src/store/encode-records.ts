import type { AnswerVerdicts, FeedbackRecord, InferenceRecord, ShadowRecord } from "./inference-log.ts";
import type { Queries } from "./queries.ts";
import { createRowEncoder } from "./row-encoder.ts";
import { attempts, feedback, inferenceBodies, inferences, shadowAnswers } from "./schema/index.ts";
import type { EncodedRow, WriterSetup, WriteUnit } from "./writer-messages.ts";

export interface RecordEncoder {
  readonly inserts: WriterSetup["inserts"];
  encodeInference(record: InferenceRecord): WriteUnit;
  encodeShadow(record: ShadowRecord): WriteUnit;
  encodeFeedback(record: FeedbackRecord): WriteUnit;
}

/** Turns records into units of rows. A unit is a snapshot: what the caller changes later does not reach it. */
export function createRecordEncoder(queries: Queries): RecordEncoder {
  const inference = createRowEncoder(queries, { table: inferences, key: inferences.id });
  const body = createRowEncoder(queries, { table: inferenceBodies, key: inferenceBodies.inferenceId });
  const attempt = createRowEncoder(queries, { table: attempts, key: attempts.id });
  const shadow = createRowEncoder(queries, { table: shadowAnswers, key: shadowAnswers.id });
  const opinion = createRowEncoder(queries, { table: feedback, key: feedback.id });

  return {
    inserts: {
      inference: inference.insertSql,
      body: body.insertSql,
      attempt: attempt.insertSql,
      shadow: shadow.insertSql,
      feedback: opinion.insertSql,
    },

    encodeInference(record) {
      const { id } = record;
      const row = { ...record, ...splitVerdicts(record.verdicts) };
      const rows: EncodedRow[] = [{ table: "inference", values: inference.encode(row) }];
      if (record.body !== null) {
        rows.push({ table: "body", values: body.encode({ ...record.body, inferenceId: id }) });
      }
      for (const one of record.attempts) {
        rows.push({ table: "attempt", values: attempt.encode({ ...one, inferenceId: id }) });
      }
      return { id, rows };
    },

    encodeShadow(record) {
      const row = {
        ...record,
        ...splitVerdicts(record.verdicts),
        errorKind: record.error?.kind,
        errorMessage: record.error?.message,
      };
      return { id: record.id, rows: [{ table: "shadow", values: shadow.encode(row) }] };
    },

    encodeFeedback: (record) => ({
      id: record.id,
      rows: [{ table: "feedback", values: opinion.encode(record) }],
    }),
  };
}

function splitVerdicts(verdicts: AnswerVerdicts | null) {
  return { schemaVerdict: verdicts?.schema, hardChecks: verdicts?.hardChecks };
}

/** What a unit weighs in memory, roughly: UTF-16 units of its texts and a fixed part for each value. */
export function measureUnitBytes(unit: WriteUnit): number {
  let bytes = 0;
  for (const row of unit.rows) {
    for (const value of row.values) bytes += typeof value === "string" ? 16 + value.length : 8;
  }
  return bytes;
}
