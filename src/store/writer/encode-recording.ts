import type { Origin } from "../erasure/tombstones.ts";
import { encodeExactText } from "../exact-text.ts";
import type {
  AnswerVerdicts,
  FeedbackRecord,
  InferenceRecord,
  ShadowRecord,
  Verdict,
} from "../inference-log.ts";
import type { ColumnForm, DriverValue, LogRow, LogTable, TablePlans } from "./writer-messages.ts";

/** What the log is given, by kind. */
export type Recording =
  | { readonly kind: "inference"; readonly record: InferenceRecord }
  | { readonly kind: "shadow"; readonly record: ShadowRecord }
  | { readonly kind: "feedback"; readonly record: FeedbackRecord };

/** Throws for what has no JSON. */
export type RecordingEncoder = (recording: Recording) => LogRow[];

/** Turns records into rows, by the tables' plans. SQLite has no booleans, so flags become 0 and 1 there. */
export function createRecordingEncoder(
  plans: TablePlans,
  { hasBooleans }: { readonly hasBooleans: boolean },
): RecordingEncoder {
  /** `derived` has what the record has under no name of its own. */
  function encodeRow(table: LogTable, record: object, derived: object = {}): LogRow {
    const values = plans[table].columns.map(({ property, form }) => {
      const value: unknown = Reflect.get(derived, property) ?? Reflect.get(record, property);
      return value === null || value === undefined ? null : encodeValue(value, form);
    });
    return { table, values };
  }

  function encodeValue(value: unknown, form: ColumnForm): DriverValue {
    switch (form) {
      case "json":
        return JSON.stringify(value);
      case "exact":
        return encodeExactText(String(value));
      case "flag":
        return hasBooleans ? value === true : Number(value === true);
      case "plain":
        return typeof value === "number" ? value : String(value);
      default:
        return form satisfies never;
    }
  }

  return ({ kind, record }) => {
    switch (kind) {
      case "inference": {
        const { body, attempts, verdicts } = record;
        const owner = { inferenceId: record.id };
        const rows = [
          encodeRow("inference", record, { ...splitVerdicts(verdicts), verdict: sumUp(verdicts) }),
        ];
        if (body !== null) rows.push(encodeRow("body", body, owner));
        for (const attempt of attempts) rows.push(encodeRow("attempt", attempt, owner));
        return rows;
      }
      case "shadow": {
        const { error, verdicts } = record;
        const failure = { errorKind: error?.kind, errorMessage: error?.message };
        return [encodeRow("shadow", record, { ...splitVerdicts(verdicts), ...failure })];
      }
      case "feedback":
        return [encodeRow("feedback", record)];
      default:
        return kind satisfies never;
    }
  };
}

export function findOrigin({ kind, record }: Recording): Origin {
  // A spool of an earlier version may have no hash.
  const stickyKeyHash = record.stickyKeyHash ?? null;
  return { inferenceId: kind === "inference" ? record.id : record.inferenceId, stickyKeyHash };
}

function splitVerdicts(verdicts: AnswerVerdicts | null) {
  return { schemaVerdict: verdicts?.schema, hardChecks: verdicts?.hardChecks };
}

/** One word for filters: an answer fails with its schema or with any hard check. */
function sumUp(verdicts: AnswerVerdicts | null): Verdict | null {
  if (verdicts === null) return null;
  return verdicts.hardChecks.every(({ ok }) => ok) ? verdicts.schema : "fail";
}
