import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { z } from "zod";
import { loadConfig } from "../../config/config-file.ts";
import { type Environment, readEnvironment } from "../../config/environment.ts";
import { loadStickySecret } from "../../config/sticky-secret.ts";
import { createRedisAnswers } from "../../gateway/cache/redis-answers.ts";
import { parseInferenceId } from "../../protocol/ids.ts";
import { hashStickyKey } from "../../routing/sticky-key.ts";
import { compactLog } from "../../store/compact-log.ts";
import type { ErasureSubject } from "../../store/erasure/tombstones.ts";
import { openStore } from "../../store/open-store.ts";
import { createEraser, type ErasureReport } from "../eraser.ts";
import { print, remark } from "../output.ts";

interface EraseFlags {
  readonly userKey?: string;
  readonly inference?: string;
  readonly reason?: string;
  readonly dataset: readonly string[];
  readonly compact: boolean;
  readonly json: boolean;
}

/** How long the command waits for a Redis that does not answer. */
const REDIS_WAIT_MS = 3_000;
const REDIS_POLL_MS = 20;

export function createEraseCommand(): Command {
  return new Command("erase")
    .description(
      "remove everything of a user, or of one inference, from the log; also while servers write it",
    )
    .option("--user-key <key>", "the key that the user's requests were sent with")
    .addOption(
      new Option("--inference <id>", "one inference, by its id or the answer's (chatcmpl-…)").conflicts(
        "userKey",
      ),
    )
    .option("--reason <text>", "kept with the erasure; name nobody in it")
    .option(
      "--dataset <folders...>",
      "data sets to look through besides those in the data folder and `datasetDirs` of the configuration",
      [],
    )
    .option("--compact", "also rewrite the database's files, which holds up writing meanwhile", false)
    .option("--json", "print JSON", false)
    .action((flags: EraseFlags, command: Command) => {
      const environment = readEnvironment();
      const subject = readSubject(flags, environment);
      if (subject !== null) return erase(subject, { flags, environment });
      return command.error("error: name --user-key, or --inference with an answer's id or a UUID");
    });
}

function readSubject({ userKey, inference }: EraseFlags, { dataDir }: Environment): ErasureSubject | null {
  const key = userKey?.trim();
  if (key) {
    if (!existsSync(join(dataDir, "sticky-secret"))) {
      remark(
        `No server has used ${dataDir} yet, so its users' hashes are unknown here: see TAILOR_DATA_DIR.`,
      );
    }
    return { kind: "user", stickyKeyHash: hashStickyKey(key, loadStickySecret(dataDir)) };
  }
  const inferenceId = parseInferenceId(inference ?? "");
  return z.uuid().safeParse(inferenceId).success ? { kind: "inference", inferenceId } : null;
}

async function erase(
  subject: ErasureSubject,
  { flags, environment }: { readonly flags: EraseFlags; readonly environment: Environment },
): Promise<void> {
  const { databaseUrl, dataDir, redisUrl } = environment;
  const datasetDirs = [...loadConfig(environment.configPath).datasetDirs, ...flags.dataset];
  // With the spool's folder: what a process that ended badly left there is settled on the way.
  const store = await openStore({ url: databaseUrl, spoolDir: join(dataDir, "spool") });
  let report: ErasureReport;
  try {
    const eraser = createEraser({ store, environment, datasetDirs });
    report = await eraser(subject, { actor: "cli", reason: flags.reason ?? null });
  } finally {
    await store.close();
  }
  if (redisUrl !== undefined && !(await forgetInRedis(redisUrl, subject))) {
    remark(
      "Redis cannot be reached: servers that run take the cached answers out, else their time ends them.",
    );
  }
  if (flags.compact && !report.isCompacted) {
    const isCompacted = await compactLog(databaseUrl);
    if (!isCompacted) {
      remark(
        "The log is rewritten, but somebody kept reading its old pages: they stay in the file until nobody does. Run this again then.",
      );
    }
    report = { ...report, isCompacted };
  }
  print(report, { json: flags.json, lines: describe(report) });
}

async function forgetInRedis(url: string, subject: ErasureSubject): Promise<boolean> {
  const answers = createRedisAnswers({ url });
  try {
    const deadline = Date.now() + REDIS_WAIT_MS;
    while (answers.state().state !== "ready" && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, REDIS_POLL_MS));
    }
    return await answers.forget(subject);
  } finally {
    await answers.close();
  }
}

function describe({ rows, files, models, isScrubbed, isCompacted }: ErasureReport): string[] {
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const counts = Object.entries(rows).filter(([, count]) => count > 0);
  return [
    `${total} rows erased${counts.length === 0 ? "" : `: ${counts.map(([name, count]) => `${count} ${name}`).join(", ")}`}`,
    ...(isScrubbed
      ? []
      : ["Somebody kept reading: old pages may stay in the write-ahead log until it is reused."]),
    ...(isCompacted
      ? []
      : ["Space of deleted rows may hold remnants until it is reused; --compact rewrites it now."]),
    ...files.map(({ path, samples, dataset }) =>
      dataset === null
        ? `${path}: ${samples} lines; remove them with: tailor dataset scrub --in ${path}`
        : `${path}: ${samples} samples of data set ${dataset.version}; build it anew`,
    ),
    ...models.map((name) => `model ${name} was trained on such a data set`),
  ];
}
