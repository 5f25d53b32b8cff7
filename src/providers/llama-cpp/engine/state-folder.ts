import { accessSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const MEMORY_FOLDER = "/dev/shm";
const MAX_BYTES = 256 * 1024 * 1024;

export interface StateFolder {
  readonly path: string;
  /** Most bytes that should be kept in it. */
  readonly maxBytes: number;
}

/**
 * A private folder for sequence states, in memory where the system offers that. States tell what was asked: only this
 * user can read them, they go with the process, and what a killed engine left is removed by the next one.
 */
export function createStateFolder(): StateFolder {
  const parent = isWritable(MEMORY_FOLDER) ? MEMORY_FOLDER : os.tmpdir();
  // Machines may share the folder; a process id only means something on its own.
  const prefix = `tailor-engine-${os.hostname().replaceAll(/[^\w-]/g, "_")}-`;
  removeOrphans(parent, prefix);
  const folder = mkdtempSync(path.join(parent, `${prefix}${process.pid}-`));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { bavail, bsize } = statfsSync(parent);
  return { path: folder, maxBytes: Math.min(MAX_BYTES, (bavail * bsize) / 2) };
}

function removeOrphans(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const processId = Number.parseInt(name.slice(prefix.length), 10);
    if (isAlive(processId)) continue;
    // Another user's cannot be removed, nor are they ours to remove.
    try {
      rmSync(path.join(parent, name), { recursive: true, force: true });
    } catch {}
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
