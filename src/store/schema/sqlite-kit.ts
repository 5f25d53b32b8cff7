import { sqliteCore } from "../drizzle.ts";
import { decodeExactText, encodeExactText } from "../exact-text.ts";

const { customType, index, integer, real, sqliteTable, text, uniqueIndex } = sqliteCore;

/**
 * What the table definitions are written with. PostgreSQL has a kit of the same shape, so that every table is defined
 * once and its columns, indexes and row types cannot differ between the two databases.
 */
export const sqliteKit = {
  table: sqliteTable,
  index,
  uniqueIndex,
  /** Primary key of a table that people and programs name rows of. */
  id: () => text().primaryKey(),
  /** UUIDv7 of a log row: sorts by time. */
  uuid: () => text(),
  text: () => text(),
  /** Text that others wrote: comes back as the same UTF-16 units whatever they are. */
  exactText: customType<{ data: string; driverData: string }>({
    dataType: () => "text",
    toDriver: encodeExactText,
    fromDriver: decodeExactText,
  }),
  /** JSON as text: keeps the order of keys, and `JSON.stringify` escapes lone surrogates and NUL by itself. */
  json: <T>() => text({ mode: "json" }).$type<T>(),
  integer: () => integer(),
  /** Unix milliseconds, or any other whole number beyond 32 bits. */
  bigint: () => integer(),
  real: () => real(),
  flag: () => integer({ mode: "boolean" }),
};

export type ColumnKit = typeof sqliteKit;
