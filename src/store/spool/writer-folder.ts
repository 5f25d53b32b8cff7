import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { createPromiseFile, type PromiseFile } from "./promise-file.ts";
import { syncFolder } from "./sync-folder.ts";

/** What a process keeps on disk beside the database: its lock, its promises and its spool. */
export interface WriterFolder {
  readonly promises: PromiseFile;
  /** The process is done with it. What is left in it waits for the next start. */
  close(): void;
}

/** Made under a name that nobody looks for, and renamed when it is locked: no other process can take it for left behind. */
export function createWriterFolder(root: string, id: string): WriterFolder {
  const hidden = join(root, `.${id}`);
  const firstMade = mkdirSync(hidden, { recursive: true });
  const lock = lockFolder(hidden);
  const promises = createPromiseFile(hidden);
  renameSync(hidden, join(root, id));
  // What is put into the folder later is durable by itself alone.
  syncFolder(root);
  if (firstMade !== undefined && firstMade !== hidden) syncFolder(dirname(firstMade));
  return {
    promises,
    close() {
      promises.close();
      lock?.release();
    },
  };
}

export interface LeftFolder {
  readonly id: string;
  readonly path: string;
  readonly lock: FolderLock;
}

/** Folders of processes that are gone, oldest first, locked for the caller. */
export function takeLeftFolders(root: string, ownId: string): readonly LeftFolder[] {
  mkdirSync(root, { recursive: true });
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== ownId)
    .map((entry) => entry.name)
    .sort()
    .flatMap((id) => {
      const path = join(root, id);
      const lock = lockFolder(path);
      return lock === null ? [] : [{ id, path, lock }];
    });
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
