import { openDatabase } from "../open-database.ts";
import { readTombstones } from "./read-tombstones.ts";
import { createTombstones, type Tombstones } from "./tombstones.ts";

/**
 * What is erased now, for a tool that does not write the log.
 * @throws UnusableDatabaseUrlError, DatabaseNewerError, DatabaseUnreachableError
 */
export async function loadTombstones(url: string): Promise<Pick<Tombstones, "covers">> {
  const database = await openDatabase(url);
  try {
    const tombstones = createTombstones();
    tombstones.add(await readTombstones(database, 0));
    return tombstones;
  } finally {
    await database.close();
  }
}
