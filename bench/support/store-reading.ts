import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PairFilter } from "../../src/store/inference-log.ts";
import { openLogReader } from "../../src/store/open-log-reader.ts";

const ROUNDS = 40;

/** The lists that the admin API and the console ask for, by name. */
function createFilters(nowMs: number): Readonly<Record<string, PairFilter>> {
  return {
    newest: {},
    route: { route: "other" },
    target: { target: "openai" },
    "time range": { sinceMs: nowMs - 3_600_000, untilMs: nowMs },
    failed: { status: 503 },
    "bad verdict": { verdict: "fail" },
    "good verdict": { verdict: "pass", status: 200 },
    fallback: { hasFallback: true },
    "rare pair": { route: "other", hasFallback: true, verdict: "fail" },
    shadowed: { hasShadow: true },
    disagreement: { maxAgreement: 0.1 },
    feedback: { hasFeedback: true },
    text: { text: "a wedding in May" },
    "text not there": { text: "no such words anywhere" },
    "status not there": { status: 429 },
    "verdict not there": { verdict: "none" },
    "consent not there": { consent: "none" },
    "agreement not there": { minAgreement: 1.5 },
    "feedback elsewhere": { hasFeedback: true, status: 429 },
    "no shadow, no fallback": { route: "other", hasShadow: false, hasFallback: false, verdict: "none" },
  };
}

export interface ListResult {
  readonly name: string;
  readonly rows: number;
  /** Of a page without contents, as `/admin/inferences` reads it. */
  readonly p95Ms: number;
  /** Of a page with contents, attempts, shadow answers and feedback, as `/admin/pairs` reads it. */
  readonly pairsP95Ms: number;
}

/** Every list, its first page and pages further back, timed one by one, without and with what belongs to the rows. */
export async function measureLists(url: string, nowMs: number): Promise<readonly ListResult[]> {
  const { reader, close } = await openLogReader({ url });
  const results: ListResult[] = [];
  for (const [name, filter] of Object.entries(createFilters(nowMs))) {
    // The first call of a kind plans and fills caches.
    const first = await reader.listInferences({ limit: 50, filter });
    await reader.readPairs(first.rows.map(({ id }) => id));
    const times: number[] = [];
    const pairTimes: number[] = [];
    let cursor: string | undefined;
    let rows = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = performance.now();
      const page = await reader.listInferences({ limit: 50, cursor, filter });
      times.push(performance.now() - startedAt);
      await reader.readPairs(page.rows.map(({ id }) => id));
      pairTimes.push(performance.now() - startedAt);
      rows += page.rows.length;
      cursor = page.nextCursor ?? undefined;
    }
    const [p95Ms, pairsP95Ms] = [pickPercentile(times, 0.95), pickPercentile(pairTimes, 0.95)];
    results.push({ name, rows, p95Ms, pairsP95Ms });
  }
  await close();
  return results;
}

export function pickPercentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, two) => one - two);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

export interface ExportResult {
  readonly rows: number;
  readonly seconds: number;
  readonly peakRssMb: number;
}

/** The whole log as JSON lines, by a process of its own. */
export async function measureExport(url: string): Promise<ExportResult> {
  const program = join(import.meta.dirname, "export-process.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [program, url]);
  return JSON.parse(stdout);
}
