import { getTableColumns, type InferInsertModel, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Queries } from "./queries.ts";

/** A value that SQLite binds and that is cheap to hand to another thread. */
export type DriverValue = string | number | null;

export interface RowEncoder<Row> {
  /** Drizzle's INSERT for every column of the table; a row whose key exists already is left as it is. */
  readonly insertSql: string;
  /** A row's values in the order of `insertSql`. Throws TypeError for a value with no stored form. */
  encode(row: Row): DriverValue[];
}

/** Turns rows of a table into bound values, by the column types of its Drizzle schema. */
export function createRowEncoder<Table extends SQLiteTable>(
  queries: Queries,
  { table, key }: { readonly table: Table; readonly key: SQLiteColumn },
): RowEncoder<InferInsertModel<Table>> {
  const columns = Object.entries(getTableColumns(table));
  const placeholders = Object.fromEntries(columns.map(([name]) => [name, sql.placeholder(name)]));
  // One placeholder for each column is a row of the table, which a record built from entries cannot tell the compiler.
  const row = placeholders as unknown as InferInsertModel<Table>;
  return {
    insertSql: queries.insert(table).values(row).onConflictDoNothing({ target: key }).toSQL().sql,
    encode: (record) =>
      columns.map(([name, column]) => {
        const value: unknown = Reflect.get(record, name);
        return value === null || value === undefined ? null : toDriverValue(column.mapToDriverValue(value));
      }),
  };
}

function toDriverValue(value: unknown): DriverValue {
  if (typeof value === "string" || typeof value === "number") return value;
  throw new TypeError(`A column encoded a value as ${typeof value}, which cannot be stored.`);
}
