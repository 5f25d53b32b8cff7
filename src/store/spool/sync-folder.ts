import { closeSync, fsyncSync, openSync } from "node:fs";

/** Forces a folder's list of names to disk: a file that was synced itself is gone after a power cut when its name is. */
export function syncFolder(folder: string): void {
  // Windows opens no folders, and writes its names in order by itself.
  if (process.platform === "win32") return;
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
