import Database from "better-sqlite3";
import pg from "pg";
import { parseDatabaseUrl } from "../../../src/store/database-url.ts";

/** What is in the database, read past the store. */
export interface LogRows {
  /** Request ids of the rows, with how many rows each has. */
  readonly requests: ReadonlyMap<string, number>;
  readonly rows: number;
  /** Rows without their attempt or their body: a request in halves. */
  readonly torn: number;
  /** Sum of what the writers lost. */
  readonly lost: number;
}

const ROWS = "SELECT request_id, count(*) AS n FROM inferences GROUP BY request_id";
const TORN = `SELECT count(*) AS n FROM inferences AS row WHERE status = 200
  AND (NOT EXISTS (SELECT 1 FROM attempts WHERE inference_id = row.id)
    OR NOT EXISTS (SELECT 1 FROM inference_bodies WHERE inference_id = row.id))`;
const LOST = "SELECT coalesce(sum(lost), 0) AS n FROM log_writers";

export async function readLogRows(url: string): Promise<LogRows> {
  const [rows, torn, lost] = await query(url, [ROWS, TORN, LOST]);
  const requests = new Map((rows ?? []).map((row) => [String(row.request_id), Number(row.n)]));
  return {
    requests,
    rows: [...requests.values()].reduce((sum, count) => sum + count, 0),
    torn: Number(torn?.[0]?.n),
    lost: Number(lost?.[0]?.n),
  };
}

async function query(url: string, statements: readonly string[]): Promise<Record<string, unknown>[][]> {
  const address = parseDatabaseUrl(url);
  if (address.dialect === "sqlite") {
    const file = new Database(address.path, { readonly: true });
    try {
      return statements.map((sql) => file.prepare<[], Record<string, unknown>>(sql).all());
    } finally {
      file.close();
    }
  }
  const client = new pg.Client(url);
  await client.connect();
  try {
    const results: Record<string, unknown>[][] = [];
    for (const sql of statements) results.push((await client.query(sql)).rows);
    return results;
  } finally {
    await client.end();
  }
}
