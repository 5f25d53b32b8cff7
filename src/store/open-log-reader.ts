import { existsSync } from "node:fs";
import { parseDatabaseUrl } from "./database-url.ts";
import type { InferenceReader } from "./inference-log.ts";
import { createInferenceReader } from "./inference-reader.ts";
import { openDatabase } from "./open-database.ts";
import { UnusableDatabaseUrlError } from "./store-errors.ts";

/**
 * The log for a tool that only reads it, also while a gateway writes it.
 * @throws UnusableDatabaseUrlError when there is no such file, DatabaseNewerError, DatabaseUnreachableError
 */
export async function openLogReader(options: { readonly url: string }): Promise<{
  readonly reader: InferenceReader;
  close(): Promise<void>;
}> {
  const address = parseDatabaseUrl(options.url);
  if (address.dialect === "sqlite" && !existsSync(address.path)) {
    throw new UnusableDatabaseUrlError(
      `There is no database at ${address.path}; start the gateway once, or name another file.`,
    );
  }
  const database = await openDatabase(options.url);
  return { reader: createInferenceReader(database), close: database.close };
}
