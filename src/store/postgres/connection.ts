import pg from "pg";
import { DatabaseUnreachableError, pickErrorCode } from "../store-errors.ts";

export interface PostgresAddress {
  readonly url: string;
  readonly place: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A database that neither answers nor breaks the connection is away. */
const QUERY_TIMEOUT_MS = 30_000;
const READING_CONNECTIONS = 4;
/**
 * Every query on a large table has its index, in the order that it is asked for. A database that has not looked at a table
 * since it grew does not know that: it reads the whole table for a page of a hundred rows, or all that is older for the
 * next page (0.2 s instead of 1 ms, and 0.16 s instead of 0.02, at a million rows).
 */
const PREFER_INDEXES =
  "SET enable_seqscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0";

/** Connections for queries. They are opened when needed, so a database that is away fails the query, not the start. */
export function createReadingPool({ url }: PostgresAddress): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: READING_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: "tailor",
    // The pool waits for it.
    onConnect: async (client) => {
      await client.query(PREFER_INDEXES);
    },
  });
  // An idle connection that breaks is no query's failure: the pool opens another.
  pool.on("error", () => undefined);
  return pool;
}

/** One connection of its own. Rejects with the driver's error. */
export async function openPostgresClient(
  { url }: Pick<PostgresAddress, "url">,
  { queryTimeoutMs = QUERY_TIMEOUT_MS }: { readonly queryTimeoutMs?: number } = {},
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
    application_name: "tailor",
  });
  // Without a listener a broken idle connection would end the process; whoever asks next sees the error.
  client.on("error", () => undefined);
  await client.connect();
  await client.query(PREFER_INDEXES);
  return client;
}

/** Runs the work on a connection of its own; one that cannot be had becomes a sentence. */
export async function withPostgresClient<T>(
  address: PostgresAddress,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await openPostgresClient(address, { queryTimeoutMs: 0 }).catch((error: unknown) => {
    throw new DatabaseUnreachableError(address.place, pickErrorCode(error));
  });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
