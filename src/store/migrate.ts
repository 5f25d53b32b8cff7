import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { openWritingConnection, type SqliteConnection } from "./connection.ts";
import { parseDatabasePath } from "./database-path.ts";
import { DatabaseNewerError } from "./store-errors.ts";

const MIGRATIONS_FOLDER = fileURLToPath(new URL("./migrations", import.meta.url));

export interface MigrationReport {
  readonly path: string;
  /** How many migrations were applied now. */
  readonly applied: number;
  /** How many the database has in all. */
  readonly total: number;
}

/**
 * Brings the database up to this program's tables, creating it when it does not exist. Safe to run from several
 * processes at once, and twice.
 * @throws DatabaseNewerError, UnusableDatabaseUrlError
 */
export function migrate(options: { readonly url: string }): MigrationReport {
  const path = parseDatabasePath(options.url);
  const sqlite = openWritingConnection(path);
  try {
    return { path, ...applyMigrations(sqlite, path) };
  } finally {
    sqlite.close();
  }
}

/**
 * Drizzle's own migrator looks for what is missing before its transaction begins, so two processes starting together
 * apply the same file twice. This one keeps Drizzle's files and table but looks under the write lock.
 */
function applyMigrations(sqlite: SqliteConnection, path: string): Omit<MigrationReport, "path"> {
  const files = readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER });
  // Rebuilding a table drops the old one, which would cascade; the check below stands in for the constraint.
  sqlite.pragma("foreign_keys = OFF");
  const apply = sqlite.transaction(() => {
    sqlite.exec(
      "CREATE TABLE IF NOT EXISTS __drizzle_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, hash text NOT NULL, created_at numeric)",
    );
    const last = Number(
      sqlite.prepare("SELECT max(created_at) FROM __drizzle_migrations").pluck().get() ?? 0,
    );
    if (last > (files.at(-1)?.folderMillis ?? 0)) throw new DatabaseNewerError(path);
    const missing = files.filter((file) => file.folderMillis > last);
    const record = sqlite.prepare("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)");
    for (const file of missing) {
      for (const statement of file.sql) sqlite.exec(statement);
      record.run(file.hash, file.folderMillis);
    }
    if (missing.length > 0 && sqlite.prepare("PRAGMA foreign_key_check").get() !== undefined) {
      throw new Error(
        `Migrating ${path} would leave rows without the row they belong to; nothing was changed.`,
      );
    }
    return { applied: missing.length, total: files.length };
  });
  return apply.immediate();
}
