import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { lockFolder } from "./folder-lock.ts";
import { listSegments } from "./spool-reader.ts";

export interface SpoolInspection {
  /** Processes that write the log now. */
  readonly live: number;
  /** Processes that ended badly; the next start settles what they left. */
  readonly left: number;
  readonly bytes: number;
  /** In the fullest of them: the limit is that of each process. */
  readonly fullestBytes: number;
}

/** Looks at the folder of all spools without changing it. */
export function inspectSpools(root: string): SpoolInspection {
  const folders = existsSync(root)
    ? readdirSync(root, { withFileTypes: true }).filter(
        (entry) => entry.isDirectory() && !entry.name.startsWith("."),
      )
    : [];
  let left = 0;
  const sizes: number[] = [];
  for (const { name } of folders) {
    const folder = join(root, name);
    const lock = lockFolder(folder);
    if (lock !== null) left += 1;
    lock?.release();
    sizes.push(measureSegments(folder));
  }
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { live: folders.length - left, left, bytes, fullestBytes: Math.max(0, ...sizes) };
}

function measureSegments(folder: string): number {
  const measure = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return listSegments(folder).reduce((sum, name) => sum + measure(name), 0);
}
