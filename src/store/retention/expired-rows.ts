import type { SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { asc, inArray, lt, sql } from "../drizzle.ts";
import { createLowestId } from "../id-range.ts";
import type { LogDatabase } from "../open-database.ts";
import type { Statement } from "../writer/writer-messages.ts";
import type { RetentionRule } from "./retention-policy.ts";

type Database = Pick<LogDatabase, "queries" | "tables">;

/** Ids are times, so what has expired is the beginning of the table's primary key. */
function findExpired({ tables }: Database, { table, beforeMs }: RetentionRule) {
  const source = tables[table];
  const key: SQLiteColumn = "id" in source ? source.id : source.inferenceId;
  const isExpired: SQL = lt(key, createLowestId(beforeMs));
  return { source, key, isExpired };
}

/** Deletes the oldest expired rows, `limit` of them at most. */
export function createExpiry(database: Database, rule: RetentionRule, limit: number): Statement {
  const { source, key, isExpired } = findExpired(database, rule);
  const oldest = database.queries
    .select({ key })
    .from(source)
    .where(isExpired)
    .orderBy(asc(key))
    .limit(limit);
  return database.queries.delete(source).where(inArray(key, oldest)).toSQL();
}

export async function countExpired(database: Database, rule: RetentionRule): Promise<number> {
  const { source, isExpired } = findExpired(database, rule);
  const [row] = await database.queries.select({ count: sql<number>`count(*)` }).from(source).where(isExpired);
  return Number(row?.count ?? 0);
}
