import { existsSync } from "node:fs";
import { parseDatabaseUrl } from "./database-url.ts";
import { readMigrations } from "./migration-files.ts";
import { type PostgresAddress, withPostgresClient } from "./postgres/connection.ts";
import { examinePostgres } from "./postgres/examine-postgres.ts";
import { openReadingConnection } from "./sqlite/connection.ts";

/** What a look at a database tells, without changing it. */
export interface LogInspection {
  readonly place: string;
  /** False for a SQLite file that the first start will make. */
  readonly exists: boolean;
  readonly migrations: { readonly applied: number; readonly total: number };
  /** What the database found wrong with itself and what to do about it; null when nothing. */
  readonly damage: string | null;
  /** What is known to be well where there is no damage, to go behind "answers". */
  readonly soundness: string;
  /** Time of the newest inference, in Unix milliseconds. */
  readonly newestMs: number | null;
  /** The server's clock; null where the database has none of its own. */
  readonly clockMs: number | null;
  /** Rows that killed processes had promised and not written. */
  readonly lost: number;
}

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** @throws UnusableDatabaseUrlError, DatabaseUnreachableError */
export async function inspectLog(url: string, now: () => number): Promise<LogInspection> {
  const address = parseDatabaseUrl(url);
  return address.dialect === "postgres" ? inspectPostgres(address, now) : inspectSqlite(address);
}

async function inspectPostgres(address: PostgresAddress, now: () => number): Promise<LogInspection> {
  const { place } = address;
  return withPostgresClient(address, async (client) => {
    const query: Query = async (sql) => (await client.query(sql)).rows;
    const clockMs = Number(
      (await query("SELECT extract(epoch FROM clock_timestamp()) * 1000 AS value"))[0]?.value,
    );
    const { damage, looked } = await examinePostgres(client, now());
    const applied = await countMigrations(query, "drizzle.__drizzle_migrations");
    const migrations = { applied, total: readMigrations("postgres").length };
    return {
      place,
      exists: true,
      damage: damage.length === 0 ? null : damage.join(" "),
      soundness: looked,
      clockMs,
      ...(await look(query, migrations)),
    };
  });
}

async function inspectSqlite(address: { readonly path: string; readonly place: string }) {
  const { path, place } = address;
  const total = readMigrations("sqlite").length;
  const unknown = { migrations: { applied: 0, total }, newestMs: null, clockMs: null, lost: 0 };
  const soundness = "every page is whole";
  if (!existsSync(path)) return { place, exists: false, damage: null, soundness, ...unknown };
  const file = openReadingConnection(path);
  try {
    const query: Query = async (sql) => file.prepare<[], Record<string, unknown>>(sql).all();
    const verdict = String(file.prepare("PRAGMA quick_check(1)").pluck().get());
    const damage = verdict === "ok" ? null : createDamage(verdict);
    const applied = await countMigrations(query, "__drizzle_migrations");
    const found = await look(query, { applied, total });
    return { place, exists: true, damage, soundness, clockMs: null, ...found };
  } catch (error) {
    // Of a file that is too damaged to be asked.
    if (!isDamage(error)) throw error;
    return { place, exists: true, damage: createDamage(error.message), soundness, ...unknown };
  } finally {
    file.close();
  }
}

function createDamage(found: string): string {
  return `${found.replaceAll("\n", " ")}: restore a backup.`;
}

function isDamage(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}

async function countMigrations(query: Query, table: string): Promise<number> {
  const rows = await query(`SELECT count(*) AS value FROM ${table}`).catch(() => []);
  return Number(rows[0]?.value ?? 0);
}

async function look(query: Query, migrations: LogInspection["migrations"]) {
  const unknown = { migrations, newestMs: null, lost: 0 };
  // Tables of an earlier version may lack what is asked for.
  if (migrations.applied < migrations.total) return unknown;
  const [newest] = await query("SELECT created_at AS value FROM inferences ORDER BY id DESC LIMIT 1");
  const [lost] = await query("SELECT coalesce(sum(lost), 0) AS value FROM log_writers");
  const newestMs = newest === undefined ? null : Number(newest.value);
  return { migrations, newestMs, lost: Number(lost?.value ?? 0) };
}
