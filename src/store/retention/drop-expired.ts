import { setTimeout as sleep } from "node:timers/promises";
import type { LogDatabase } from "../open-database.ts";
import { withPostgresClient } from "../postgres/connection.ts";
import type { WriteBehind } from "../writer/write-behind.ts";
import type { Statement } from "../writer/writer-messages.ts";
import { dropExpiredPartitions } from "./expired-partitions.ts";
import { countExpired, createExpiry } from "./expired-rows.ts";
import {
  createRetentionCounts,
  listRetentionRules,
  type RetentionCounts,
  type RetentionPolicy,
  type RetentionRule,
} from "./retention-policy.ts";

export interface DropOptions {
  readonly policy: RetentionPolicy;
  /** Stops between two batches; what is left goes the next time. */
  readonly signal?: AbortSignal | undefined;
}

/** What removes rows by their age, on either database. */
export interface Retention {
  /** Rows that have expired, by table. */
  count(policy: RetentionPolicy): Promise<RetentionCounts>;
  /** Drops them in small batches and tells how many went. Null when another instance is at it. */
  drop(options: DropOptions): Promise<RetentionCounts | null>;
}

export interface RetentionOptions {
  readonly database: LogDatabase;
  readonly writer: Pick<WriteBehind, "execute" | "scrub">;
  readonly now: () => number;
}

const BATCH_ROWS = 200;
/** Between two batches, for whoever else writes. */
const PAUSE_MS = 20;
/** PostgreSQL: the instance that holds it drops. */
const RETENTION_LOCK = 7_420_361_201;

type Execute = (statement: Statement) => Promise<number>;

/**
 * Retention over the store's database: on SQLite through the writer, in batches that others write between; on PostgreSQL
 * on a connection of its own, whole partitions first. `now` is Unix milliseconds. Both methods reject with the
 * database's error.
 */
export function createRetention({ database, writer, now }: RetentionOptions): Retention {
  const { address } = database;

  async function dropRows(
    rules: readonly RetentionRule[],
    { execute, counts, signal }: { execute: Execute; counts: Counts; signal: AbortSignal | undefined },
  ): Promise<void> {
    for (const rule of rules) {
      for (let changes = BATCH_ROWS; changes === BATCH_ROWS && !signal?.aborted; ) {
        changes = await execute(createExpiry(database, rule, BATCH_ROWS));
        counts[rule.table] += changes;
        if (changes === BATCH_ROWS) await sleep(PAUSE_MS);
      }
    }
  }

  async function dropFromSqlite(rules: readonly RetentionRule[], signal: AbortSignal | undefined) {
    const counts = createRetentionCounts();
    await dropRows(rules, { execute: (statement) => writer.execute([statement]), counts, signal });
    if (rules.some(({ table }) => counts[table] > 0)) await writer.scrub();
    return counts;
  }

  return {
    async count(policy) {
      const counts = createRetentionCounts();
      for (const rule of listRetentionRules(policy, now())) {
        counts[rule.table] = await countExpired(database, rule);
      }
      return counts;
    },

    async drop({ policy, signal }) {
      const rules = listRetentionRules(policy, now());
      if (rules.length === 0) return createRetentionCounts();
      if (address.dialect === "sqlite") return dropFromSqlite(rules, signal);
      // A connection of its own: the writer's goes on writing, and the lock ends with it.
      return withPostgresClient(address, async (client) => {
        const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS won", [RETENTION_LOCK]);
        if (rows[0]?.won !== true) return null;
        const counts = createRetentionCounts();
        for (const rule of rules) {
          if (!signal?.aborted)
            counts[rule.table] += await dropExpiredPartitions(client, rule, database.tables);
        }
        const execute: Execute = async ({ sql, params }) =>
          (await client.query(sql, [...params])).rowCount ?? 0;
        await dropRows(rules, { execute, counts, signal });
        return counts;
      });
    },
  };
}

type Counts = ReturnType<typeof createRetentionCounts>;
