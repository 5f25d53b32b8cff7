import { resolve } from "node:path";
import type { Command } from "commander";
import { readEnvironment } from "../config/environment.ts";
import type { LicensePolicy } from "../dataset/license-policy.ts";
import { writeLineFile } from "../dataset/line-files.ts";
import { type Mine, type MiningReport, minePairs } from "../dataset/mine.ts";
import { formatSampleLine } from "../dataset/sample.ts";
import { openLogReader } from "../store/open-log-reader.ts";
import { createJsonOption, createJudging, createPolicyOption, parseSince } from "./dataset-options.ts";
import { readErased } from "./erased-samples.ts";
import { formatCounts } from "./format-counts.ts";
import { print } from "./output.ts";

interface MineFlags {
  readonly database?: string;
  readonly out: string;
  readonly policy: LicensePolicy;
  readonly since?: number;
  readonly route?: string;
  readonly json: boolean;
}

export function addMineCommand(dataset: Command): void {
  dataset
    .command("mine")
    .description("take samples out of logged answers, shadow answers and people's corrections")
    .option("--database <url>", "database to read (default: DATABASE_URL)")
    .requiredOption("--out <file>", "file of samples to write")
    .addOption(createPolicyOption())
    .option("--since <time>", "only requests from this time on: a date, or a span such as 7d", parseSince)
    .option("--route <name>", "only requests of this route")
    .addOption(createJsonOption())
    .action(mine);
}

async function mine(flags: MineFlags): Promise<void> {
  const url = flags.database ?? readEnvironment().databaseUrl;
  const log = await openLogReader({ url });
  try {
    const { judge, lexicon, policy } = createJudging(flags.policy);
    const isErased = await readErased(url);
    const { since: sinceMs, route } = flags;
    const found = minePairs(log.reader, { judge, lexicon, policy, isErased, sinceMs, route });
    await writeLineFile(resolve(flags.out), formatLines(found));
    print(found.report(), { json: flags.json, lines: formatReport(found.report()) });
  } finally {
    await log.close();
  }
}

async function* formatLines(found: Mine): AsyncIterable<string> {
  for await (const sample of found.samples) yield formatSampleLine(sample);
}

function formatReport(report: MiningReport): string[] {
  return [
    `${report.inferences} requests read`,
    "samples",
    ...formatCounts(report.mined),
    "requests without a sample",
    ...formatCounts(report.refusedInferences),
    "answers passed over",
    ...formatCounts(report.refusedAnswers),
  ];
}
