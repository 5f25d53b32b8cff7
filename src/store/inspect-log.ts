import { existsSync } from "node:fs";
import { parseDatabaseUrl } from "./database-url.ts";
import { readMigrations } from "./migration-files.ts";
import { withPostgresClient } from "./postgres/connection.ts";
import { openReadingConnection } from "./sqlite/connection.ts";

/** What a look at a database tells, without changing it. */
export interface LogInspection {
  readonly place: string;
  /** False for a SQLite file that the first start will make. */
  readonly exists: boolean;
  readonly migrations: { readonly applied: number; readonly total: number };
  /** What the database found wrong with itself; null when nothing. */
  readonly damage: string | null;
  /** Time of the newest inference, in Unix milliseconds. */
  readonly newestMs: number | null;
  /** The server's clock; null where the database has none of its own. */
  readonly clockMs: number | null;
  /** Rows that killed processes had promised and not written. */
  readonly lost: number;
}

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** @throws UnusableDatabaseUrlError, DatabaseUnreachableError */
export async function inspectLog(url: string): Promise<LogInspection> {
  const address = parseDatabaseUrl(url);
  const { dialect, place } = address;
  const total = readMigrations(dialect).length;
  if (address.dialect === "postgres") {
    return withPostgresClient(address, async (client) => {
      const query: Query = async (sql) => (await client.query(sql)).rows;
      const clockMs = Number(
        (await query("SELECT extract(epoch FROM clock_timestamp()) * 1000 AS value"))[0]?.value,
      );
      const applied = await countMigrations(query, "drizzle.__drizzle_migrations");
      return { place, exists: true, damage: null, clockMs, ...(await look(query, { applied, total })) };
    });
  }
  if (!existsSync(address.path)) {
    const migrations = { applied: 0, total };
    return { place, exists: false, migrations, damage: null, newestMs: null, clockMs: null, lost: 0 };
  }
  const file = openReadingConnection(address.path);
  try {
    const query: Query = async (sql) => file.prepare<[], Record<string, unknown>>(sql).all();
    const verdict = String(file.prepare("PRAGMA quick_check(1)").pluck().get());
    const damage = verdict === "ok" ? null : verdict;
    const applied = await countMigrations(query, "__drizzle_migrations");
    return { place, exists: true, damage, clockMs: null, ...(await look(query, { applied, total })) };
  } finally {
    file.close();
  }
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
