import type { Client, QueryResult } from "pg";
import { TOMBSTONE_LOCK } from "../erasure/tombstone-lock.ts";
import type { Tombstones } from "../erasure/tombstones.ts";
import { openPostgresClient } from "../postgres/connection.ts";
import { createPartitionsAhead } from "../postgres/partitions.ts";
import { pickErrorCode } from "../store-errors.ts";
import type { DatabaseWriter, WriteOptions, WriterEnd } from "./database-writer.ts";
import type { WriteUnit } from "./encode-entry.ts";
import type { LogTable, TablePlan, TablePlans } from "./writer-messages.ts";

/**
 * Rows a statement. Few sizes, so that every statement is prepared once; a prepared insert of many rows was measured at
 * 1.8 times an insert from unnested arrays, whose texts have to be escaped.
 */
const CHUNK_ROWS = [500, 100, 20, 4, 1] as const;
const TABLES = ["inference", "body", "attempt", "shadow", "feedback"] as const satisfies readonly LogTable[];
/** A statement that takes longer: the server is away, and the spool is not. */
const QUERY_TIMEOUT_MS = 15_000;

const KEEP_PROGRESS = `INSERT INTO log_writers AS kept (id, host, sequence, started_at, updated_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (id) DO UPDATE SET sequence = greatest(kept.sequence, excluded.sequence), updated_at = excluded.updated_at`;
const SETTLE_WRITER = `INSERT INTO log_writers AS kept (id, host, sequence, lost, started_at, updated_at)
  VALUES ($1, '', $2::bigint, greatest(0, $2::bigint - $3::bigint) + $4::integer, $5::bigint, $5::bigint)
  ON CONFLICT (id) DO UPDATE SET lost = coalesce(kept.lost, greatest(0, $2::bigint - greatest(kept.sequence, $3::bigint)) + $4::integer), updated_at = $5::bigint
  RETURNING lost`;

/** Writes to PostgreSQL over one connection, opened when it is first needed and again after every failure of it. */
export function createPostgresWriter(
  url: string,
  { plans, tombstones }: { readonly plans: TablePlans; readonly tombstones: Tombstones },
): DatabaseWriter {
  const insertText = createInsertTexts(plans);
  let opening: Promise<Client> | null = null;

  function connect(): Promise<Client> {
    opening ??= openPostgresClient({ url }, { queryTimeoutMs: QUERY_TIMEOUT_MS }).catch((error: unknown) => {
      // Whatever kept it from opening: the next call tries again.
      opening = null;
      throw error;
    });
    return opening;
  }

  /** A connection after an error may be in the middle of anything: it is never used again, unless the row was bad. */
  async function drop(): Promise<void> {
    const dropped = opening;
    opening = null;
    const client = await dropped?.catch(() => null);
    // `end` waits for a server that may be gone.
    void client?.end().catch(() => undefined);
  }

  async function transact<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      const client = await connect();
      await client.query("BEGIN");
      try {
        const result = await work(client);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
    } catch (error) {
      if (!isServerAnswer(error)) await drop();
      throw error;
    }
  }

  return {
    commit: (units, options) =>
      transact(async (client) => {
        await learnTombstones(client, tombstones);
        const kept = units.filter(({ origin }) => !tombstones.covers(origin));
        await insertUnits(client, { units: kept, insertText, ...options });
        return units.length - kept.length;
      }),
    execute: (statements) =>
      transact(async (client) => {
        let changes = 0;
        for (const { sql, params } of statements) {
          changes += (await client.query(sql, [...params])).rowCount ?? 0;
        }
        return changes;
      }),
    settleWriter: ({ id, promised, spooled, damaged, nowMs }: WriterEnd) =>
      transact(async (client) => {
        const { rows } = await client.query(SETTLE_WRITER, [id, promised, spooled, damaged, nowMs]);
        return Number(rows[0]?.lost ?? 0);
      }),
    removeWriter: (id) =>
      transact(async (client) => void (await client.query("DELETE FROM log_writers WHERE id = $1", [id]))),
    countLost: () =>
      transact(async (client) => {
        const { rows } = await client.query("SELECT coalesce(sum(lost), 0) AS lost FROM log_writers");
        return Number(rows[0]?.lost ?? 0);
      }),
    // What deleted rows leave is the server's to reuse: see docs/privacy.md.
    scrub: async () => true,
    rewrite: async () => false,
    maintain: (nowMs) => transact(async (client) => void (await createPartitionsAhead(client, nowMs))),
    close: drop,
  };
}

/** Errors with a five-character state come from a server that goes on; class 57 says that it is going down. */
function isServerAnswer(error: unknown): boolean {
  const code = pickErrorCode(error);
  return /^\d[0-9A-Z]{4}$/.test(code) && !code.startsWith("57") && !code.startsWith("08");
}

/**
 * Brings the copy up to date, in one round trip: two statements, so that the second sees what was committed while the
 * first waited for an erasure's lock.
 */
async function learnTombstones(client: Client, tombstones: Tombstones): Promise<void> {
  const results: unknown = await client.query(
    `SELECT pg_advisory_xact_lock_shared(${TOMBSTONE_LOCK}); SELECT subject, sequence, created_at FROM tombstones WHERE sequence > ${tombstones.sequence} ORDER BY sequence`,
  );
  // The driver answers several statements with an array, which its types do not know.
  const [, found] = results as [unknown, QueryResult<Record<string, unknown>>];
  tombstones.add(
    found.rows.map(({ subject, sequence, created_at: createdAt }) => ({
      subject: String(subject),
      sequence: Number(sequence),
      createdAt: Number(createdAt),
    })),
  );
}

interface Inserting extends WriteOptions {
  readonly units: readonly WriteUnit[];
  readonly insertText: InsertText;
}

async function insertUnits(client: Client, { units, insertText, progress }: Inserting): Promise<void> {
  if (progress !== null) {
    const { writer, sequence } = progress;
    // First, for its row lock: a successor that settles this writer's books waits for the transaction's end.
    const values = [writer.id, writer.host, sequence, writer.startedAt, Date.now()];
    await client.query({ name: "progress", text: KEEP_PROGRESS, values });
  }
  const rows = units.flatMap((unit) => unit.rows);
  for (const table of TABLES) {
    const ofTable = rows.filter((row) => row.table === table).map(({ values }) => values);
    let done = 0;
    for (const size of CHUNK_ROWS) {
      while (ofTable.length - done >= size) {
        const values = ofTable.slice(done, done + size).flat();
        await client.query({ name: `${table}-${size}`, text: insertText(table, size), values });
        done += size;
      }
    }
  }
}

type InsertText = (table: LogTable, rowCount: number) => string;

/** The statements' texts, made once: the driver compares them on every use. */
function createInsertTexts(plans: TablePlans): InsertText {
  const texts = new Map<string, string>();
  return (table, rowCount) => {
    const name = `${table}-${rowCount}`;
    const text = texts.get(name) ?? createInsert(plans[table], rowCount);
    texts.set(name, text);
    return text;
  };
}

function createInsert({ table, key, columns }: TablePlan, rowCount: number): string {
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  let place = 0;
  const rows = Array.from({ length: rowCount }, () => `(${columns.map(() => `$${++place}`).join(", ")})`);
  return `INSERT INTO "${table}" (${names}) VALUES ${rows.join(", ")} ON CONFLICT ("${key}") DO NOTHING`;
}
