import { statSync } from "node:fs";
import type { EngineModel } from "./engine-messages.ts";

/** The same for every path to a file, another one once it was written or replaced; null while it cannot be read. */
export function readFileStamp(file: string): string | null {
  try {
    const { dev, ino, size, mtimeMs } = statSync(file);
    return [dev, ino, size, mtimeMs].join(" ");
  } catch {
    return null;
  }
}

/** Changes whenever one of the model's files does. */
export function readModelStamp({ path, adapterPath }: EngineModel): string {
  return [path, adapterPath].map((file) => (file === null ? "" : readFileStamp(file))).join(" | ");
}
