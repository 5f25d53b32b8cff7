import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../config/environment.ts";
import { inspectLog, type LogInspection } from "../store/inspect-log.ts";
import { inspectSpools } from "../store/spool/inspect-spools.ts";

export type Check = readonly [name: string, check: () => string | Promise<string>];

const LEAST_FREE_BYTES = 512 * 1024 * 1024;
/** Clocks that differ by more put rows of two instances in the wrong order. */
const MOST_CLOCK_DIFFERENCE_MS = 5_000;
const MEGABYTE = 1e6;

/** The checks of everything the log depends on. The database is looked at once, and not changed. */
export function createLogChecks(environment: Environment, now: () => number): readonly Check[] {
  const { databaseUrl, dataDir } = environment;
  let inspection: Promise<LogInspection> | null = null;
  const inspect = () => {
    inspection ??= inspectLog(databaseUrl);
    return inspection;
  };
  return [
    ["database", async () => describeDatabase(await inspect())],
    ["migrations", async () => describeMigrations(await inspect())],
    ["lost rows", async () => describeLost(await inspect())],
    ["clock", async () => describeClock(await inspect(), now())],
    ["spool", () => describeSpool(join(dataDir, "spool"))],
    ["disk", () => describeDisk(dataDir)],
  ];
}

function describeDatabase({ place, exists, damage }: LogInspection): string {
  if (!exists) return `${place} will be made by the first start`;
  if (damage === null) return `${place} answers and is whole`;
  throw new Error(`${place} is damaged: ${damage}. Restore a backup.`);
}

function describeMigrations({ migrations: { applied, total } }: LogInspection): string {
  if (applied > total) throw new Error(`${applied} applied, this version knows ${total}: update Tailor.`);
  return applied === total
    ? `${total}, all applied`
    : `${applied} of ${total} applied; a start applies the rest`;
}

/** Loss is no fault of the installation, so it fails nothing; but nobody should have to look for it. */
function describeLost({ lost }: LogInspection): string {
  return lost === 0 ? "none" : `${lost}: answered by processes that were killed before the rows were written`;
}

function describeClock({ newestMs, clockMs }: LogInspection, nowMs: number): string {
  if (clockMs !== null && Math.abs(clockMs - nowMs) > MOST_CLOCK_DIFFERENCE_MS) {
    throw new Error(
      `This machine's clock and the database's differ by ${Math.abs(clockMs - nowMs)} ms. Set them.`,
    );
  }
  if (newestMs !== null && newestMs - nowMs > MOST_CLOCK_DIFFERENCE_MS) {
    throw new Error(`The newest row is ${newestMs - nowMs} ms in the future: the clock went back. Set it.`);
  }
  return new Date(nowMs).toISOString();
}

function describeSpool(root: string): string {
  const { live, left, bytes } = inspectSpools(root);
  const size = `${(bytes / MEGABYTE).toFixed(1)} MB waiting`;
  const rest = left === 0 ? "" : `, ${left} left by processes that ended badly: a start settles them`;
  return `${size}, ${live} writing now${rest}`;
}

async function describeDisk(dataDir: string): Promise<string> {
  if (!existsSync(dataDir)) return `${dataDir} is not there yet`;
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const text = `${(free / MEGABYTE).toFixed(0)} MB free`;
  if (free < LEAST_FREE_BYTES) throw new Error(`${text}; less than 512 MB is asking for trouble.`);
  return text;
}
