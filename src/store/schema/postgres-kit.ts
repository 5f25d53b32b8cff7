import { postgresCore } from "../drizzle.ts";
import { decodeExactText, encodeExactText } from "../exact-text.ts";
import type { ColumnKit } from "./sqlite-kit.ts";

const { bigint, boolean, customType, doublePrecision, index, integer, pgTable, text, uniqueIndex, uuid } =
  postgresCore;

const kit = {
  table: pgTable,
  index,
  uniqueIndex,
  /** Byte order, whatever the database's locale: pages and cursors then agree with SQLite's. */
  id: () => customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })().primaryKey(),
  uuid: () => uuid(),
  text: () => text(),
  exactText: customType<{ data: string; driverData: string }>({
    dataType: () => "text",
    toDriver: encodeExactText,
    fromDriver: decodeExactText,
  }),
  /** Text, not jsonb: jsonb loses the order of keys and refuses NUL. */
  json: customType<{ data: unknown; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (stored) => JSON.parse(stored),
  }),
  integer: () => integer(),
  bigint: () => bigint({ mode: "number" }),
  real: () => doublePrecision(),
  flag: () => boolean(),
};

/**
 * Typed as SQLite's kit: Drizzle has no type for "a table of either database", and the parts that Tailor uses (columns,
 * indexes, thenable queries, `toSQL`) have the same shape in both.
 */
export const postgresKit = kit as unknown as ColumnKit;
