import { statSync } from "node:fs";

/** Changes whenever the file does. */
export function readFileStamp(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return "none";
  }
}
