import type { Client } from "pg";
import { pickMissing, readMigrations } from "../migration-files.ts";
import { type PostgresAddress, withPostgresClient } from "./connection.ts";
import { createPartitionsAhead } from "./partitions.ts";

/** Any number that no other program on the database is likely to lock. */
const MIGRATION_LOCK = 7_420_361_198;

/** Applies what is missing in one transaction, under an advisory lock: instances that start together take turns. */
export async function migratePostgres(
  address: PostgresAddress,
): Promise<{ readonly applied: number; readonly total: number }> {
  return withPostgresClient(address, async (client) => {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    try {
      await client.query("BEGIN");
      const counts = await applyMissing(client, address.place);
      await createPartitionsAhead(client, Date.now());
      await client.query("COMMIT");
      return counts;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      await client.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
    }
  });
}

async function applyMissing(client: Client, place: string) {
  const files = readMigrations("postgres");
  // Drizzle's own schema and table, so that its tools find their way.
  await client.query("CREATE SCHEMA IF NOT EXISTS drizzle");
  await client.query(
    "CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)",
  );
  const { rows } = await client.query("SELECT max(created_at) AS last FROM drizzle.__drizzle_migrations");
  const missing = pickMissing(files, { last: Number(rows[0]?.last ?? 0), place });
  for (const file of missing) {
    for (const statement of file.sql) await client.query(statement);
    await client.query("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)", [
      file.hash,
      file.folderMillis,
    ]);
  }
  return { applied: missing.length, total: files.length };
}
