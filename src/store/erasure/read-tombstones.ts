import { asc, gt } from "../drizzle.ts";
import type { LogDatabase } from "../open-database.ts";
import type { Tombstone } from "./tombstones.ts";

/** Tombstones above a position, in order. */
export async function readTombstones(
  { queries, tables: { tombstones } }: Pick<LogDatabase, "queries" | "tables">,
  above: number,
): Promise<readonly Tombstone[]> {
  const { subject, sequence, createdAt } = tombstones;
  return queries
    .select({ subject, sequence, createdAt })
    .from(tombstones)
    .where(gt(sequence, above))
    .orderBy(asc(sequence));
}
