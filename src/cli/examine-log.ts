import { existsSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { loadConfig } from "../config/config-file.ts";
import type { Environment } from "../config/environment.ts";
import { parseDatabaseUrl } from "../store/database-url.ts";
import { inspectLog, type LogInspection } from "../store/inspect-log.ts";
import { inspectSpools } from "../store/spool/inspect-spools.ts";

export type Check = readonly [name: string, check: () => string | Promise<string>];

const LEAST_FREE_BYTES = 512 * 1024 * 1024;
/** Clocks that differ by more put rows of two instances in the wrong order. */
const MOST_CLOCK_DIFFERENCE_MS = 5_000;
const MEGABYTE = 1e6;
/** Share of a spool's limit from which somebody has to look. */
const NEARLY_FULL = 0.8;

/** The checks of everything the log depends on. The database is looked at once, and not changed. */
export function createLogChecks(environment: Environment, now: () => number): readonly Check[] {
  const { databaseUrl, dataDir, configPath } = environment;
  let inspection: Promise<LogInspection> | null = null;
  const inspect = () => {
    inspection ??= inspectLog(databaseUrl, now);
    return inspection;
  };
  return [
    ["database", async () => describeDatabase(await inspect())],
    ["migrations", async () => describeMigrations(await inspect())],
    ["lost rows", async () => describeLost(await inspect())],
    ["clock", async () => describeClock(await inspect(), now())],
    ["spool", () => describeSpool(join(dataDir, "spool"), loadConfig(configPath).limits.maxSpoolBytes)],
    ["disk", () => describeDisks([dataDir, ...listDatabaseFolders(databaseUrl)])],
  ];
}

function describeDatabase({ place, exists, damage, soundness }: LogInspection): string {
  if (!exists) return `${place} will be made by the first start`;
  if (damage === null) return `${place} answers: ${soundness}`;
  throw new Error(`${place} is damaged: ${damage}`);
}

function describeMigrations({ migrations: { applied, total }, damage }: LogInspection): string {
  if (applied > total) throw new Error(`${applied} applied, this version knows ${total}: update Tailor.`);
  if (applied === total) return `${total}, all applied`;
  if (damage !== null) throw new Error("They cannot be counted in a damaged database.");
  return `${applied} of ${total} applied; a start applies the rest`;
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

function describeSpool(root: string, maxBytes: number): string {
  const { live, left, bytes, fullestBytes } = inspectSpools(root);
  const size = `${(bytes / MEGABYTE).toFixed(1)} MB waiting`;
  const rest = left === 0 ? "" : `, ${left} left by processes that ended badly: a start settles them`;
  const text = `${size}, ${live} writing now${rest}`;
  if (fullestBytes < maxBytes * NEARLY_FULL) return text;
  const share = Math.round((100 * fullestBytes) / maxBytes);
  throw new Error(
    `${text}; one holds ${share}% of limits.maxSpoolBytes, and what does not fit is lost: bring the database back.`,
  );
}

/** The folder of a SQLite file, which may lie on another disk; one that the first start makes lies on its parent's. */
function listDatabaseFolders(databaseUrl: string): string[] {
  const address = parseDatabaseUrl(databaseUrl);
  return address.dialect === "sqlite" && existsSync(dirname(address.path)) ? [dirname(address.path)] : [];
}

/** Each disk once. */
async function describeDisks(folders: readonly string[]): Promise<string> {
  const byDisk = new Map<number, string>();
  for (const folder of folders) {
    if (!existsSync(folder)) return `${folder} is not there yet`;
    const { dev } = await stat(folder);
    if (!byDisk.has(dev)) byDisk.set(dev, folder);
  }
  const texts: string[] = [];
  let isShort = false;
  for (const folder of byDisk.values()) {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    isShort ||= free < LEAST_FREE_BYTES;
    texts.push(`${(free / MEGABYTE).toFixed(0)} MB free in ${folder}`);
  }
  const text = texts.join(", ");
  if (isShort) throw new Error(`${text}; less than 512 MB is asking for trouble.`);
  return text;
}
