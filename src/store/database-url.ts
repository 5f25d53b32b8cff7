import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UnusableDatabaseUrlError } from "./store-errors.ts";

/** Where the log is. `place` names it to people and never holds a password. */
export type DatabaseAddress =
  | { readonly dialect: "sqlite"; readonly path: string; readonly place: string }
  | { readonly dialect: "postgres"; readonly url: string; readonly place: string };

const EXAMPLES = "for example file:data/tailor.db or postgres://tailor@localhost/tailor";

/**
 * Reads a `DATABASE_URL`: `file:data/tailor.db` (relative to the working directory), `file:///var/tailor.db` or
 * `postgres://user@host:5432/name`.
 * @throws UnusableDatabaseUrlError
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (/^postgres(ql)?:/i.test(url)) return parsePostgresUrl(url);
  if (!url.startsWith("file:")) {
    throw new UnusableDatabaseUrlError(`DATABASE_URL must begin with file: or postgres:, ${EXAMPLES}.`);
  }
  const path = url.slice("file:".length);
  if (path === "" || path.includes(":memory:")) {
    throw new UnusableDatabaseUrlError(`DATABASE_URL must name a file on disk, ${EXAMPLES}.`);
  }
  const file = path.startsWith("//") ? fileURLToPath(url) : resolve(path);
  return { dialect: "sqlite", path: file, place: file };
}

function parsePostgresUrl(url: string): DatabaseAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const name = decodeURIComponent(parsed?.pathname.slice(1) ?? "");
  if (parsed === null || name === "") {
    throw new UnusableDatabaseUrlError(
      `DATABASE_URL names PostgreSQL, but no host and database can be read from it, ${EXAMPLES}.`,
    );
  }
  const host = parsed.host || "localhost";
  return { dialect: "postgres", url, place: `PostgreSQL database ${name} on ${host}` };
}

/**
 * The file of a `DATABASE_URL` that names SQLite.
 * @throws UnusableDatabaseUrlError
 */
export function parseDatabasePath(url: string): string {
  const address = parseDatabaseUrl(url);
  if (address.dialect === "sqlite") return address.path;
  throw new UnusableDatabaseUrlError("DATABASE_URL names PostgreSQL; this needs a SQLite file.");
}
