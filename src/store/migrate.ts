import { parseDatabaseUrl } from "./database-url.ts";
import { migratePostgres } from "./postgres/migrate.ts";
import { migrateSqlite } from "./sqlite/migrate.ts";

export interface MigrationReport {
  /** The database, for people. */
  readonly place: string;
  /** How many migrations were applied now. */
  readonly applied: number;
  /** How many the database has in all. */
  readonly total: number;
}

/**
 * Brings the database up to this program's tables, creating a SQLite file that does not exist. Safe to run from several
 * processes at once, and twice.
 * @throws DatabaseNewerError, DatabaseUnreachableError, UnusableDatabaseUrlError
 */
export async function migrate(options: { readonly url: string }): Promise<MigrationReport> {
  const address = parseDatabaseUrl(options.url);
  const counts = address.dialect === "sqlite" ? migrateSqlite(address.path) : await migratePostgres(address);
  return { place: address.place, ...counts };
}
