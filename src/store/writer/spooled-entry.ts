import { findOrigin, type Recording, type RecordingEncoder } from "./encode-recording.ts";
import type {
  ColumnForm,
  DriverValue,
  LogTable,
  SpooledEntry,
  TablePlans,
  WriteUnit,
} from "./writer-messages.ts";

/** The text of an entry in a spool. Columns go by name: the next version may have others, or another database. */
interface SpooledRows extends Pick<WriteUnit, "origin"> {
  readonly rows: readonly {
    readonly table: LogTable;
    readonly values: Readonly<Record<string, DriverValue | undefined>>;
  }[];
}

export function createSpooledEntry(
  { id, promise, origin, rows }: WriteUnit,
  plans: TablePlans,
): SpooledEntry {
  const named = rows.map(({ table, values }) => ({
    table,
    values: Object.fromEntries(plans[table].columns.map(({ name }, index) => [name, values[index]])),
  }));
  return { id, kind: "rows", promise, text: JSON.stringify({ origin, rows: named }) };
}

export function createSpooledEntryParser({
  plans,
  encode,
  hasBooleans,
}: {
  readonly plans: TablePlans;
  readonly encode: RecordingEncoder;
  readonly hasBooleans: boolean;
}): (entry: SpooledEntry) => WriteUnit {
  function reviveValue(value: DriverValue | undefined, form: ColumnForm): DriverValue {
    if (value === undefined || value === null) return null;
    if (form !== "flag") return value;
    return hasBooleans ? Boolean(value) : Number(value);
  }

  return ({ id, kind, promise, text }) => {
    if (kind !== "rows") {
      // Earlier versions spooled records, redacted like rows.
      const recording = { kind, record: JSON.parse(text) } as Recording;
      return { id, promise, origin: findOrigin(recording), rows: encode(recording) };
    }
    // Written by `createSpooledEntry`, in this process or one before it.
    const { origin, rows }: SpooledRows = JSON.parse(text);
    return {
      id,
      promise,
      origin,
      rows: rows.map(({ table, values }) => ({
        table,
        values: plans[table].columns.map(({ name, form }) => reviveValue(values[name], form)),
      })),
    };
  };
}
