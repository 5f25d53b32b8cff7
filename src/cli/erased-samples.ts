import { existsSync } from "node:fs";
import { readEnvironment } from "../config/environment.ts";
import type { IsErased } from "../dataset/sample-origin.ts";
import { parseDatabaseUrl } from "../store/database-url.ts";
import { loadTombstones } from "../store/erasure/load-tombstones.ts";
import { CommandFailed } from "./output.ts";

/**
 * What is erased, as the log says: the named one, else the default one when there is one. `false` asks for none.
 */
export async function readErased(database: string | false | undefined): Promise<IsErased> {
  if (database === false) return () => false;
  const url = database ?? readEnvironment().databaseUrl;
  const address = parseDatabaseUrl(url);
  if (address.dialect === "sqlite" && !existsSync(address.path)) {
    if (database !== undefined) throw new CommandFailed(`There is no database at ${address.path}.`);
    return () => false;
  }
  return (await loadTombstones(url)).covers;
}
