import { setTimeout as sleep } from "node:timers/promises";
import { parseDatabaseUrl } from "./database-url.ts";
import { withPostgresClient } from "./postgres/connection.ts";
import { openWritingConnection } from "./sqlite/connection.ts";

const BUSY_TIMEOUT_MS = 30_000;
const CHECKPOINT_TRIES = 50;
const CHECKPOINT_PAUSE_MS = 100;
/** Tables with texts of people in them. */
const TABLES = [
  "inferences",
  "inference_bodies",
  "attempts",
  "shadow_answers",
  "feedback",
  "samples",
  "reviews",
];

/**
 * Rewrites the log's files without the space that deleted rows left. Nobody else can write meanwhile (on PostgreSQL nor
 * read the table at hand); servers put their rows into the spool. Takes as much free disk as the log is large.
 */
export async function compactLog(url: string): Promise<void> {
  const address = parseDatabaseUrl(url);
  if (address.dialect === "postgres") {
    return withPostgresClient(address, async (client) => {
      for (const table of TABLES) await client.query(`VACUUM (FULL) ${table}`);
    });
  }
  const file = openWritingConnection(address.path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    file.exec("VACUUM");
    for (let attempt = 0; attempt < CHECKPOINT_TRIES; attempt += 1) {
      if (file.prepare<[], { busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0) return;
      await sleep(CHECKPOINT_PAUSE_MS);
    }
  } finally {
    file.close();
  }
}
