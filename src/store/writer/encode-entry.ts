import type { Origin } from "../erasure/tombstones.ts";
import { encodeExactText } from "../exact-text.ts";
import type { AnswerVerdicts, Verdict } from "../inference-log.ts";
import type { LogRecord } from "./log-entry.ts";
import type { ColumnForm, LogEntry, LogTable, TablePlans } from "./writer-messages.ts";

export type DriverValue = string | number | boolean | null;

/** One row for one of the log's tables; values in the order of its plan. */
interface EncodedRow {
  readonly table: LogTable;
  readonly values: readonly DriverValue[];
}

/** Rows that are stored together or not at all. */
export interface WriteUnit {
  readonly id: string;
  readonly promise: number | null;
  readonly origin: Origin;
  readonly rows: readonly EncodedRow[];
}

export type EntryEncoder = (entry: LogRecord, origin: Pick<LogEntry, "id" | "promise">) => WriteUnit;

/** Turns records into rows, by the tables' plans. SQLite has no booleans, so flags become 0 and 1 there. */
export function createEntryEncoder(
  plans: TablePlans,
  { hasBooleans }: { readonly hasBooleans: boolean },
): EntryEncoder {
  function encodeRow(table: LogTable, record: object): EncodedRow {
    const values = plans[table].columns.map(({ property, form }) => {
      const value: unknown = Reflect.get(record, property);
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

  function encodeRows({ kind, record, contents }: LogRecord): EncodedRow[] {
    switch (kind) {
      case "inference": {
        const { id, attempts, verdicts } = record;
        const row = { ...record, ...splitVerdicts(verdicts), verdict: sumUp(verdicts) };
        const rows = [encodeRow("inference", row)];
        if (contents !== null) rows.push(encodeRow("body", { ...contents, inferenceId: id }));
        for (const attempt of attempts) rows.push(encodeRow("attempt", { ...attempt, inferenceId: id }));
        return rows;
      }
      case "shadow": {
        const { verdicts, error } = record;
        const failure = { errorKind: error?.kind, errorMessage: error?.message };
        const answer = contents?.answer ?? null;
        return [encodeRow("shadow", { ...record, ...splitVerdicts(verdicts), ...failure, answer })];
      }
      case "feedback":
        return [encodeRow("feedback", record)];
      default:
        return kind satisfies never;
    }
  }

  return (entry, { id, promise }) => ({ id, promise, origin: findOrigin(entry), rows: encodeRows(entry) });
}

/** The units' rows by table. */
export function groupRows(units: readonly WriteUnit[]): ReadonlyMap<LogTable, (readonly DriverValue[])[]> {
  const groups = new Map<LogTable, (readonly DriverValue[])[]>();
  for (const { rows } of units) {
    for (const { table, values } of rows) {
      const group = groups.get(table);
      if (group === undefined) groups.set(table, [values]);
      else group.push(values);
    }
  }
  return groups;
}

function findOrigin(entry: LogRecord): Origin {
  switch (entry.kind) {
    case "inference":
      return { inferenceId: entry.record.id, stickyKeyHash: entry.record.stickyKeyHash };
    case "shadow":
    case "feedback": {
      const { inferenceId, stickyKeyHash } = entry.record;
      // A spool of an earlier version has none.
      return { inferenceId, stickyKeyHash: stickyKeyHash ?? null };
    }
    default:
      return entry satisfies never;
  }
}

function splitVerdicts(verdicts: AnswerVerdicts | null) {
  return { schemaVerdict: verdicts?.schema, hardChecks: verdicts?.hardChecks };
}

/** One word for filters: an answer fails with its schema or with any hard check. */
function sumUp(verdicts: AnswerVerdicts | null): Verdict | null {
  if (verdicts === null) return null;
  return verdicts.hardChecks.every(({ ok }) => ok) ? verdicts.schema : "fail";
}
