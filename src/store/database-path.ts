import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UnusableDatabaseUrlError } from "./store-errors.ts";

/**
 * The file of a `DATABASE_URL`: `file:data/tailor.db` (relative to the working directory) or `file:///var/tailor.db`.
 * @throws UnusableDatabaseUrlError
 */
export function parseDatabasePath(url: string): string {
  if (/^postgres(ql)?:/i.test(url)) {
    throw new UnusableDatabaseUrlError(
      "DATABASE_URL names PostgreSQL, which this version of Tailor cannot use yet. Set it to a SQLite file such as file:data/tailor.db, or leave it unset.",
    );
  }
  if (!url.startsWith("file:")) {
    throw new UnusableDatabaseUrlError(
      "DATABASE_URL must begin with file:, for example file:data/tailor.db.",
    );
  }
  const path = url.slice("file:".length);
  if (path === "" || path.includes(":memory:")) {
    throw new UnusableDatabaseUrlError(
      "DATABASE_URL must name a file on disk, for example file:data/tailor.db.",
    );
  }
  return path.startsWith("//") ? fileURLToPath(url) : resolve(path);
}
