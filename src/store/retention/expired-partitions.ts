import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { getTableName } from "../drizzle.ts";
import { createLowestId } from "../id-range.ts";
import type { Tables } from "../schema/tables.ts";
import { pickErrorCode } from "../store-errors.ts";
import type { RetentionRule } from "./retention-policy.ts";

/** Dropping needs the whole table for itself: it waits for that no longer than writers can be made to wait. */
const LOCK_TIMEOUT_MS = 200;
const TRIES = 5;
const PAUSE_MS = 500;
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * Drops the partitions all of whose rows have expired, and tells how many rows those had. A partition that is in use
 * all the time stays; its rows are then deleted like any others.
 */
export async function dropExpiredPartitions(
  client: ClientBase,
  { table, beforeMs }: RetentionRule,
  tables: Tables,
): Promise<number> {
  const expired = await listExpired(client, { parent: getTableName(tables[table]), beforeMs });
  let dropped = 0;
  for (const partition of expired) {
    const { rows } = await client.query(`SELECT count(*) AS count FROM "${partition}"`);
    if (await dropPartition(client, partition)) dropped += Number(rows[0]?.count ?? 0);
  }
  return dropped;
}

/** Partitions whose range ends before the time; the default one has no range. */
async function listExpired(
  client: ClientBase,
  { parent, beforeMs }: { readonly parent: string; readonly beforeMs: number },
): Promise<readonly string[]> {
  const { rows } = await client.query(
    "SELECT child.relname AS name, pg_get_expr(child.relpartbound, child.oid) AS bound FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = to_regclass($1) ORDER BY child.relname",
    [parent],
  );
  const end = createLowestId(beforeMs);
  return rows
    .map(({ name, bound }) => ({
      name: String(name),
      to: / TO \('([0-9a-f-]{36})'\)/.exec(String(bound))?.[1],
    }))
    .filter(({ to }) => to !== undefined && to <= end)
    .map(({ name }) => name);
}

async function dropPartition(client: ClientBase, partition: string): Promise<boolean> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    await client.query("BEGIN");
    try {
      await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT_MS}ms'`);
      await client.query(`DROP TABLE "${partition}"`);
      await client.query("COMMIT");
      return true;
    } catch (error) {
      await client.query("ROLLBACK");
      if (pickErrorCode(error) !== LOCK_NOT_AVAILABLE) throw error;
    }
    await sleep(PAUSE_MS);
  }
  return false;
}
