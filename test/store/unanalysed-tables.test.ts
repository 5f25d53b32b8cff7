import { expect, it } from "vitest";
import { openLogReader } from "../../src/store/open-log-reader.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createFeedback, createInference, createShadow } from "./records.ts";
import { postgres, type TestDatabase } from "./support/databases.ts";

const ROWS = 4_000;

/** Rows that PostgreSQL looked at in tables of pairs, by any way. */
async function countLookedAt(database: TestDatabase): Promise<number> {
  const [row] = await database.query(
    `SELECT sum(seq_tup_read) + sum(coalesce(idx_tup_fetch, 0)) AS n FROM pg_stat_user_tables
     WHERE relname ~ '^(attempts|shadow_answers|feedback|inference_bodies)'`,
  );
  return Number(row?.n);
}

it("reads a page of pairs by index in a database that knows nothing of its tables yet", async () => {
  await using database = await postgres.create();
  const store = await openStore({ url: database.url });
  const rows = Array.from({ length: ROWS }, () => createInference());
  for (const row of rows) {
    store.recorder.recordInference(row);
    store.recorder.recordShadow(createShadow(row.id));
    store.recorder.recordFeedback(createFeedback(row.id));
  }
  // What a connection did is in the statistics once it is closed.
  await store.close();
  const before = await countLookedAt(database);
  const log = await openLogReader({ url: database.url });
  const ids = rows.slice(1_000, 1_100).map(({ id }) => id);
  const pairs = await log.reader.readPairs(ids);
  await log.close();
  expect(pairs.map(({ inference }) => inference.id)).toEqual(ids);
  // A hundred bodies, shadows and feedbacks, two hundred attempts; one table's walk would be thousands.
  await expect.poll(async () => (await countLookedAt(database)) - before).toBeGreaterThanOrEqual(500);
  expect((await countLookedAt(database)) - before).toBeLessThan(1_000);
});
