import type { Command } from "commander";
import { type ScrubReport, scrubFile } from "../dataset/scrub.ts";
import { createJsonOption } from "./dataset-options.ts";
import { readErased } from "./erased-samples.ts";
import { explainMissingFile } from "./missing-file.ts";
import { print } from "./output.ts";

interface ScrubFlags {
  readonly in: readonly string[];
  readonly database?: string;
  readonly json: boolean;
}

export function addScrubCommand(dataset: Command): void {
  dataset
    .command("scrub")
    .description("remove what was erased from files of samples, or of exported requests")
    .requiredOption("--in <files...>", "files to change")
    .option("--database <url>", "database with the erasures (default: DATABASE_URL)")
    .addOption(createJsonOption())
    .action(scrub);
}

async function scrub({ in: files, database, json }: ScrubFlags): Promise<void> {
  const isErased = await readErased(database);
  const reports: ScrubReport[] = [];
  for (const file of files) reports.push(await explainMissingFile(scrubFile(file, isErased)));
  const lines = reports.map(({ file, lines: all, removed }) => `${file}: ${removed} of ${all} lines removed`);
  print(reports, { json, lines });
}
