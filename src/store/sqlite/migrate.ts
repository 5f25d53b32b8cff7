import { pickMissing, readMigrations } from "../migration-files.ts";
import { openWritingConnection } from "./connection.ts";

/**
 * Drizzle's own migrator looks for what is missing before its transaction begins, so two processes starting together
 * apply the same file twice. This one keeps Drizzle's files and table but looks under the write lock.
 */
export function migrateSqlite(path: string): { readonly applied: number; readonly total: number } {
  const files = readMigrations("sqlite");
  const sqlite = openWritingConnection(path);
  try {
    // Rebuilding a table drops the old one, which would cascade; the check below stands in for the constraint.
    sqlite.pragma("foreign_keys = OFF");
    const apply = sqlite.transaction(() => {
      sqlite.exec(
        "CREATE TABLE IF NOT EXISTS __drizzle_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, hash text NOT NULL, created_at numeric)",
      );
      const last = sqlite.prepare("SELECT max(created_at) FROM __drizzle_migrations").pluck().get();
      const missing = pickMissing(files, { last: Number(last ?? 0), place: path });
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
  } finally {
    sqlite.close();
  }
}
