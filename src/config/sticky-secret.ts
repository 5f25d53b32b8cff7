import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The secret that keys the stored hashes of sticky keys. Kept beside the log, so that one user's rows stay together
 * over restarts while the hashes alone tell nobody who it was.
 */
export function loadStickySecret(dataDir: string): string {
  const path = join(dataDir, "sticky-secret");
  const known = readIfThere(path);
  if (known !== null) return known;
  mkdirSync(dataDir, { recursive: true });
  try {
    writeFileSync(path, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    // Another process made it in between: its secret counts.
    if (!isThere(error)) throw error;
  }
  return readFileSync(path, "utf8").trim();
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim() || null;
  } catch {
    return null;
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}
