import { setTimeout as sleep } from "node:timers/promises";
import type { InferenceRecord } from "../../src/store/inference-log.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { BenchDatabase } from "./bench-database.ts";
import { createFeedbackRow, createShadowRow } from "./log-rows.ts";

export interface WritingResult {
  readonly rowsPerSecond: number;
  readonly peakRssMb: number;
  /** RSS at the end over that at a tenth of the way. */
  readonly rssGrowth: number;
  /** Rows that did not take the straight way: spooled, dropped or refused. */
  readonly astray: number;
}

/** Rows handed over before the recorder is given time to send them off. */
const BURST_ROWS = 250;
/** So many in memory that the writer is always busy, so few that nothing is spooled. */
const MOST_QUEUED = 4_000;

/** Records rows as fast as the writer takes them; every tenth has a shadow answer, every hundredth feedback, if asked. */
export async function measureWriting(
  database: BenchDatabase,
  options: {
    readonly rows: number;
    readonly createRow: (number: number) => InferenceRecord;
    readonly withOthers: boolean;
  },
): Promise<WritingResult> {
  const { rows, createRow, withOthers } = options;
  const store = await openStore({ url: database.url, spoolDir: database.spoolDir });
  const { recorder } = store;
  let earlyRss = 0;
  let peakRss = 0;
  const startedAt = performance.now();
  for (let number = 0; number < rows; number += 1) {
    const row = createRow(number);
    recorder.recordInference(row);
    if (withOthers && number % 10 === 0) recorder.recordShadow(createShadowRow(row, number));
    if (withOthers && number % 100 === 0) recorder.recordFeedback(createFeedbackRow(row));
    if (number % BURST_ROWS !== 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    // Asleep, as a server is that waits: the databases need the processor.
    while (store.stats().queued > MOST_QUEUED) await sleep(2);
    const rss = process.memoryUsage.rss();
    peakRss = Math.max(peakRss, rss);
    if (number >= rows / 10 && earlyRss === 0) earlyRss = rss;
  }
  await store.flush();
  const seconds = (performance.now() - startedAt) / 1000;
  const lastRss = process.memoryUsage.rss();
  const { spooled, dropped, failed } = store.stats();
  await store.close(60_000);
  return {
    rowsPerSecond: rows / seconds,
    peakRssMb: peakRss / 2 ** 20,
    rssGrowth: lastRss / earlyRss,
    astray: spooled + dropped + failed,
  };
}
