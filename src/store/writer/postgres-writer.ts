import type { Client, QueryResult } from "pg";
import { TOMBSTONE_LOCK } from "../erasure/tombstone-lock.ts";
import type { Tombstones } from "../erasure/tombstones.ts";
import { openPostgresClient } from "../postgres/connection.ts";
import { copyIn } from "../postgres/copy-in.ts";
import { createPartitionsAhead } from "../postgres/partitions.ts";
import { pickErrorCode } from "../store-errors.ts";
import { createUnitCopier } from "./copy-units.ts";
import type { DatabaseWriter, WriteOptions, WriterEnd, WriterProgress } from "./database-writer.ts";
import { insertMissing } from "./insert-units.ts";
import type { TablePlans, WriteUnit } from "./writer-messages.ts";

/** A statement that takes longer: the server is away, and the spool is not. */
const QUERY_TIMEOUT_MS = 15_000;

const SETTLE_WRITER = `INSERT INTO log_writers AS kept (id, host, sequence, lost, started_at, updated_at)
  VALUES ($1, '', $2::bigint, greatest(0, $2::bigint - $3::bigint) + $4::integer, $5::bigint, $5::bigint)
  ON CONFLICT (id) DO UPDATE SET lost = coalesce(kept.lost, greatest(0, $2::bigint - greatest(kept.sequence, $3::bigint)) + $4::integer), updated_at = $5::bigint
  RETURNING lost`;

/** For a server that acknowledges commits before they are on its disk; others may be set to wait for more than that. */
const COMMIT_TO_DISK = `SELECT set_config('synchronous_commit', 'on', true)
  WHERE current_setting('synchronous_commit') = 'off'`;

/** A row with that key is there already. */
const KEY_EXISTS = "23505";

/** Writes to PostgreSQL over one connection, opened when it is first needed and again after every failure of it. */
export function createPostgresWriter(
  url: string,
  { plans, tombstones }: { readonly plans: TablePlans; readonly tombstones: Tombstones },
): DatabaseWriter {
  const copier = createUnitCopier(plans);
  let opening: Promise<Client> | null = null;

  async function open(): Promise<Client> {
    const client = await openPostgresClient({ url }, { queryTimeoutMs: QUERY_TIMEOUT_MS });
    // Half the server's work for a row was compressing its body; a server that cannot do it the quick way goes on as before.
    await client.query("SET default_toast_compression = 'lz4'").catch((error: unknown) => {
      if (!isServerAnswer(error)) throw error;
    });
    return client;
  }

  function connect(): Promise<Client> {
    opening ??= open().catch((error: unknown) => {
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

  /** A transaction that the work begins itself, and commits. */
  async function attempt<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      const client = await connect();
      try {
        return await work(client);
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
    } catch (error) {
      if (!isServerAnswer(error)) await drop();
      throw error;
    }
  }

  function transact<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return attempt(async (client) => {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    });
  }

  /** Begins, leaves out what was erased, and has the rest stored and committed. */
  function write(
    units: readonly WriteUnit[],
    options: WriteOptions & {
      readonly store: (client: Client, kept: readonly WriteUnit[]) => Promise<void>;
    },
  ): Promise<number> {
    return attempt(async (client) => {
      await begin(client, { ...options, tombstones });
      const kept = units.filter(({ origin }) => !tombstones.covers(origin));
      await options.store(client, kept);
      return units.length - kept.length;
    });
  }

  /** `COPY` takes a third of the server's work for prepared inserts of 500 rows, and half of the driver's. */
  async function copy(client: Client, kept: readonly WriteUnit[]): Promise<void> {
    const { text, streams } = copier.create(kept);
    await copyIn(client, { text: `${text}COMMIT`, streams });
  }

  async function insert(client: Client, kept: readonly WriteUnit[]): Promise<void> {
    await insertMissing(client, { units: kept, plans });
    await client.query("COMMIT");
  }

  return {
    async commit(units, options) {
      try {
        return await write(units, { ...options, store: copy });
      } catch (error) {
        if (pickErrorCode(error) !== KEY_EXISTS) throw error;
        return await write(units, { ...options, store: insert });
      }
    },
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
 * Begins the transaction, keeps the writer's progress and brings the tombstones up to date, in one round trip. Every
 * statement of it sees what was committed before it: the last one what was committed while an erasure's lock was waited
 * for. Progress comes first, for its row's lock: a successor that settles this writer's books waits for the end.
 */
async function begin(
  client: Client,
  { tombstones, progress, isDurable }: WriteOptions & { readonly tombstones: Tombstones },
): Promise<void> {
  const results: unknown = await client.query(
    [
      "BEGIN",
      ...(isDurable ? [COMMIT_TO_DISK] : []),
      ...(progress === null ? [] : [formatProgress(client, progress)]),
      `SELECT pg_advisory_xact_lock_shared(${TOMBSTONE_LOCK})`,
      `SELECT subject, sequence, created_at FROM tombstones WHERE sequence > ${tombstones.sequence} ORDER BY sequence`,
    ].join("; "),
  );
  // The driver answers several statements with an array, which its types do not know.
  const found = (results as QueryResult<Record<string, unknown>>[]).at(-1);
  tombstones.add(
    (found?.rows ?? []).map(({ subject, sequence, created_at: createdAt }) => ({
      subject: String(subject),
      sequence: Number(sequence),
      createdAt: Number(createdAt),
    })),
  );
}

/** Several statements in one take no parameters. */
function formatProgress(client: Client, { writer, sequence }: WriterProgress): string {
  const [id, host] = [writer.id, writer.host].map((text) => client.escapeLiteral(text));
  return `INSERT INTO log_writers AS kept (id, host, sequence, started_at, updated_at)
    VALUES (${id}, ${host}, ${sequence}, ${writer.startedAt}, ${Date.now()})
    ON CONFLICT (id) DO UPDATE SET sequence = greatest(kept.sequence, excluded.sequence), updated_at = excluded.updated_at`;
}
