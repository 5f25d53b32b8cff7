import { existsSync } from "node:fs";
import { openReadingConnection } from "./connection.ts";

/** The copy would take another file's place. */
class BackupExistsError extends Error {
  override readonly name = "BackupExistsError";

  constructor(path: string) {
    super(`${path} exists already; name a file that does not.`);
  }
}

/**
 * Copies a SQLite log while it is written: SQLite's own online backup, a state between two transactions. Resolves with
 * the number of pages copied.
 * @throws BackupExistsError
 */
export async function backUpSqlite(path: string, target: string): Promise<number> {
  if (existsSync(target)) throw new BackupExistsError(target);
  const file = openReadingConnection(path);
  try {
    const { totalPages } = await file.backup(target);
    return totalPages;
  } finally {
    file.close();
  }
}
