/** The database address cannot be used. The message says what to set; it never repeats the address (passwords). */
export class UnusableDatabaseUrlError extends Error {
  override readonly name = "UnusableDatabaseUrlError";
}

/** The database was migrated by a newer program than this one. Catch it at start and exit. */
export class DatabaseNewerError extends Error {
  override readonly name = "DatabaseNewerError";

  constructor(path: string) {
    super(
      `The database ${path} was written by a newer version of Tailor. Update Tailor, or point DATABASE_URL at another database.`,
    );
  }
}

/** PostgreSQL cannot be reached or will not let Tailor in. Catch it at start and exit. */
export class DatabaseUnreachableError extends Error {
  override readonly name = "DatabaseUnreachableError";

  constructor(place: string, code: string) {
    super(
      `Cannot connect to ${place} (${code}). Check that it runs, that the database exists, and DATABASE_URL.`,
    );
  }
}

/** A row that must be durable before its answer ends can be put nowhere: neither database nor spool take it. */
export class LogUnavailableError extends Error {
  override readonly name = "LogUnavailableError";

  constructor() {
    super("The log can neither be written to the database nor to the spool.");
  }
}

/**
 * A record that must be durable before its answer ends is not stored for what it holds: nothing can be made of it, or
 * the database refuses it. Another try of the same record ends the same way. Has a code, never the record's texts.
 */
export class RecordRefusedError extends Error {
  override readonly name = "RecordRefusedError";
  readonly code: string;

  constructor(code: string) {
    super(`A record could not be stored for what it holds (${code}).`);
    this.code = code;
  }
}

/** A statement failed in the writer. Holds the database's code, never its parameters: those are people's texts. */
export class StoreWriteError extends Error {
  override readonly name = "StoreWriteError";
  readonly code: string;

  constructor(code: string) {
    super(`The database refused a write (${code}).`);
    this.code = code;
  }
}

/** The store was closed before everything recorded could be written. */
export class UnwrittenRecordsError extends Error {
  override readonly name = "UnwrittenRecordsError";
  readonly count: number;

  constructor(count: number) {
    super(`${count} recorded rows could not be written before the store had to close.`);
    this.count = count;
  }
}

/** Somebody saved that version first. Read the current one and apply the change again. */
export class RouteVersionConflict extends Error {
  override readonly name = "RouteVersionConflict";
  readonly route: string;
  readonly version: number;

  constructor(data: { readonly route: string; readonly version: number }) {
    super(`Version ${data.version} of route ${data.route} exists already.`);
    this.route = data.route;
    this.version = data.version;
  }
}

/** SQLite's codes (and the heads of its extended codes) for a row that it will never take. */
const REFUSALS = ["SQLITE_CONSTRAINT", "SQLITE_TOOBIG", "SQLITE_MISMATCH", "SQLITE_RANGE"];

/** The same of PostgreSQL, by class: cardinality, data exception, constraint, program limit. */
const REFUSING_CLASSES = ["21", "22", "23", "54"];

/**
 * True when the database, not the row, is at fault: busy, disk full, gone, shutting down, tables missing. The same
 * write may succeed later. A TypeError or RangeError comes from binding a value, so it blames the row.
 */
export function isDatabaseTrouble(code: string): boolean {
  if (code.startsWith("SQLITE_")) return !REFUSALS.some((refusal) => code.startsWith(refusal));
  if (/^\d[0-9A-Z]{4}$/.test(code)) return !REFUSING_CLASSES.includes(code.slice(0, 2));
  return code !== "TypeError" && code !== "RangeError" && code !== "SyntaxError";
}

/** True when another row has that key already. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof StoreWriteError)) return false;
  return error.code === "23505" || error.code.startsWith("SQLITE_CONSTRAINT_UNIQUE");
}

/** The database's code of an error; its class name when it has none (a value that cannot be bound). */
export function pickErrorCode(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  const code = "code" in error ? error.code : undefined;
  if (typeof code === "string") return code;
  return error.cause === undefined ? error.name : pickErrorCode(error.cause);
}
