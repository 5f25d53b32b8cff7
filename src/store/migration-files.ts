import { fileURLToPath } from "node:url";
import type { MigrationMeta } from "drizzle-orm/migrator";
import type { DatabaseAddress } from "./database-url.ts";
import { readMigrationFiles } from "./drizzle.ts";
import { DatabaseNewerError } from "./store-errors.ts";

/** The migrations of one database that drizzle-kit wrote, oldest first. */
export function readMigrations(dialect: DatabaseAddress["dialect"]): readonly MigrationMeta[] {
  const migrationsFolder = fileURLToPath(new URL(`./migrations/${dialect}`, import.meta.url));
  return readMigrationFiles({ migrationsFolder });
}

/**
 * What a database still lacks, given the time of the last migration it has.
 * @throws DatabaseNewerError
 */
export function pickMissing(
  files: readonly MigrationMeta[],
  { last, place }: { readonly last: number; readonly place: string },
): readonly MigrationMeta[] {
  if (last > (files.at(-1)?.folderMillis ?? 0)) throw new DatabaseNewerError(place);
  return files.filter((file) => file.folderMillis > last);
}
