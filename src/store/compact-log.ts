import { setTimeout as sleep } from "node:timers/promises";
import { parseDatabaseUrl } from "./database-url.ts";
import { withPostgresClient } from "./postgres/connection.ts";
import { openWritingConnection } from "./sqlite/connection.ts";

const BUSY_TIMEOUT_MS = 30_000;
const CHECKPOINT_TRIES = 300;
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
 * read the table at hand); servers put their rows into the spool. Takes as much free disk as the log is large. False when
 * somebody kept reading SQLite's old pages all the while: they stay in its file until nobody does.
 */
export async function compactLog(url: string, { tries = CHECKPOINT_TRIES } = {}): Promise<boolean> {
  const address = parseDatabaseUrl(url);
  if (address.dialect === "postgres") {
    return withPostgresClient(address, async (client) => {
      for (const table of TABLES) await client.query(`VACUUM (FULL) ${table}`);
      return true;
    });
  }
  const file = openWritingConnection(address.path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    file.exec("VACUUM");
    // From here on the waiting is done below.
    file.pragma("busy_timeout = 0");
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (file.prepare<[], { busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0)
        return true;
      await sleep(CHECKPOINT_PAUSE_MS);
    }
    return false;
  } finally {
    file.close();
  }
}
