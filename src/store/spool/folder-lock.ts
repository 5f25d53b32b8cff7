import { join } from "node:path";
import Database from "better-sqlite3";

export interface FolderLock {
  release(): void;
}

/**
 * Locks a folder for as long as this process lives; null when another one has it. The lock is SQLite's lock on a file:
 * unlike a process id in a file, the operating system gives it back however the process ends.
 */
export function lockFolder(folder: string): FolderLock | null {
  const file = new Database(join(folder, "lock"), { timeout: 0 });
  try {
    file.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    file.close();
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return null;
    throw error;
  }
  return { release: () => void file.close() };
}
