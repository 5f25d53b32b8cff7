import { existsSync } from "node:fs";
import { openReadingConnection } from "./connection.ts";
import { parseDatabasePath } from "./database-path.ts";
import type { InferenceReader } from "./inference-log.ts";
import { createInferenceReader } from "./inference-reader.ts";
import { migrate } from "./migrate.ts";
import { createQueries } from "./queries.ts";
import { UnusableDatabaseUrlError } from "./store-errors.ts";

/**
 * The log for a tool that only reads it, also while a gateway writes it.
 * @throws UnusableDatabaseUrlError when there is no such file, DatabaseNewerError
 */
export function openLogReader(options: { readonly url: string }): {
  readonly reader: InferenceReader;
  close(): void;
} {
  const path = parseDatabasePath(options.url);
  if (!existsSync(path)) {
    throw new UnusableDatabaseUrlError(
      `There is no database at ${path}; start the gateway once, or name another file.`,
    );
  }
  migrate(options);
  const connection = openReadingConnection(path);
  return { reader: createInferenceReader(createQueries(connection)), close: () => void connection.close() };
}
