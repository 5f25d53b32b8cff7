import type { ClientBase } from "pg";
import { createLowestId } from "../id-range.ts";

/** The tables that grow with traffic; each is partitioned by its UUIDv7 key. */
const PARTITIONED_TABLES = ["inferences", "inference_bodies", "attempts", "shadow_answers"] as const;
/** Instances that find the same partition missing take turns. */
const PARTITION_LOCK = 7_420_361_199;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const WEEKS_AHEAD = 4;

/**
 * Makes the partitions of this week and the next four where they are missing. A week whose rows already lie in the
 * default partition is left there: they are found all the same. Call it inside a transaction.
 */
export async function createPartitionsAhead(client: ClientBase, nowMs: number): Promise<number> {
  await client.query("SELECT pg_advisory_xact_lock($1)", [PARTITION_LOCK]);
  const thisWeek = Math.floor(nowMs / WEEK_MS);
  let created = 0;
  for (const table of PARTITIONED_TABLES) {
    const known = await listPartitions(client, table);
    for (let week = thisWeek; week <= thisWeek + WEEKS_AHEAD; week += 1) {
      if (known.has(namePartition(table, week))) continue;
      if (await createPartition(client, { table, week })) created += 1;
    }
  }
  return created;
}

/**
 * Names of the partitions of this week and the next that are not there; none for a table that is not there either. A
 * week whose rows lie in the default partition has none.
 */
export async function listMissingPartitions(client: ClientBase, nowMs: number): Promise<readonly string[]> {
  const thisWeek = Math.floor(nowMs / WEEK_MS);
  const missing: string[] = [];
  for (const table of PARTITIONED_TABLES) {
    const known = await listPartitions(client, table);
    if (known.size === 0) continue;
    const wanted = [thisWeek, thisWeek + 1].map((week) => namePartition(table, week));
    missing.push(...wanted.filter((name) => !known.has(name)));
  }
  return missing;
}

/** `inferences_20261119`: the day, in UTC, on which the week begins. */
function namePartition(table: string, week: number): string {
  return `${table}_${new Date(week * WEEK_MS).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

async function listPartitions(client: ClientBase, table: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query(
    "SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = to_regclass($1)",
    [table],
  );
  return new Set(rows.map((row) => String(row.name)));
}

async function createPartition(
  client: ClientBase,
  { table, week }: { readonly table: string; readonly week: number },
): Promise<boolean> {
  const from = createLowestId(week * WEEK_MS);
  const to = createLowestId((week + 1) * WEEK_MS);
  await client.query("SAVEPOINT partition");
  try {
    await client.query(
      `CREATE TABLE IF NOT EXISTS "${namePartition(table, week)}" PARTITION OF "${table}" FOR VALUES FROM ('${from}') TO ('${to}')`,
    );
    await client.query("RELEASE SAVEPOINT partition");
    return true;
  } catch (error) {
    await client.query("ROLLBACK TO SAVEPOINT partition");
    // The default partition holds rows of that week already.
    if (error instanceof Error && "code" in error && error.code === "23514") return false;
    throw error;
  }
}
