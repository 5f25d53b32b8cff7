/**
 * `npm run test:faults [-- --full] [-- --only <part of a name>]`: breaks a running gateway in every way the log has to
 * withstand and holds the log against the clients' own records. Prints a table; exit code 1 when anything that was
 * acknowledged is lost uncounted. The long form (`--full`, or TAILOR_FAULTS=full) kills 50 times and takes databases
 * away for a minute. Needs PostgreSQL's programs and redis-server on PATH, and the right to mount a small disk.
 */
import { parseArgs } from "node:util";
import { createDiskFull } from "./cases/disk-full.ts";
import { createKillFault } from "./cases/kill.ts";
import { createPostgresOutage, createSqliteLock } from "./cases/outage.ts";
import { redisGone } from "./cases/redis-gone.ts";
import { createSigterm } from "./cases/sigterm.ts";
import { spoolDamage } from "./cases/spool-damage.ts";
import { createTwoInstances } from "./cases/two-instances.ts";
import type { Fault, FaultResult, FaultSettings } from "./support/fault.ts";

const FAULTS: readonly Fault[] = [
  createSigterm("SQLite"),
  createSigterm("PostgreSQL"),
  createKillFault("async", "SQLite"),
  createKillFault("strict", "SQLite"),
  createKillFault("async", "PostgreSQL"),
  createKillFault("strict", "PostgreSQL"),
  createPostgresOutage("async"),
  createPostgresOutage("strict"),
  redisGone,
  createSqliteLock("async"),
  createSqliteLock("strict"),
  createDiskFull("async"),
  createDiskFull("strict"),
  spoolDamage,
  createTwoInstances("async"),
  createTwoInstances("strict"),
];

const SHORT: FaultSettings = { kills: 5, outageMs: 10_000 };
const FULL: FaultSettings = { kills: 50, outageMs: 60_000 };

async function run(fault: Fault, settings: FaultSettings): Promise<FaultResult> {
  try {
    return await fault.run(settings);
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : "failed";
    return { fault: fault.name, sent: 0, answered: 0, rows: 0, lost: 0, counted: 0, problems: [problem] };
  }
}

const { values } = parseArgs({ options: { full: { type: "boolean" }, only: { type: "string" } } });
const settings = values.full || process.env.TAILOR_FAULTS === "full" ? FULL : SHORT;
const chosen = FAULTS.filter(({ name }) => name.toLowerCase().includes((values.only ?? "").toLowerCase()));
if (chosen.length === 0) {
  console.error(`No fault is called like that. There are:\n${FAULTS.map(({ name }) => name).join("\n")}`);
  process.exit(2);
}
const results: FaultResult[] = [];
for (const fault of chosen) {
  const startedAt = Date.now();
  const result = await run(fault, settings);
  results.push(result);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const verdict = result.problems.length === 0 ? "ok  " : "FAIL";
  console.log(
    `${verdict} ${result.fault} (${seconds} s${result.note === undefined ? "" : `; ${result.note}`})`,
  );
  for (const problem of result.problems) console.log(`     ${problem}`);
}
console.table(
  results.map(({ fault, sent, answered, rows, lost, counted }) => ({
    fault,
    sent,
    answered,
    rows,
    lost,
    counted,
  })),
);
process.exit(results.some(({ problems }) => problems.length > 0) ? 1 : 0);
