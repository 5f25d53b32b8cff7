/** The database address cannot be used. The message says what to set; it never repeats the address (passwords). */
export class UnusableDatabaseUrlError extends Error {
  override readonly name = "UnusableDatabaseUrlError";
}

/** The database was migrated by a newer program than this one. Catch it at start and exit. */
export class DatabaseNewerError extends Error {
  override readonly name = "DatabaseNewerError";

  constructor(path: string) {
    super(
      `The database ${path} was written by a newer version of Tailor. Update Tailor, or point DATABASE_URL at another file.`,
    );
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

/**
 * True when the database, not the row, is at fault: busy, disk full, file gone, tables missing. The same write may
 * succeed later. Codes that are not SQLite's come from binding a value, so they blame the row.
 */
export function isDatabaseTrouble(code: string): boolean {
  return code.startsWith("SQLITE_") && !REFUSALS.some((refusal) => code.startsWith(refusal));
}

/** The database's code of an error; its class name when it has none (a value that cannot be bound). */
export function pickErrorCode(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  const code = "code" in error ? error.code : undefined;
  if (typeof code === "string") return code;
  return error.cause === undefined ? error.name : pickErrorCode(error.cause);
}
