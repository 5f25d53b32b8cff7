import type { Command } from "commander";
import type { LicensePolicy } from "../dataset/license-policy.ts";
import { readLines } from "../dataset/line-files.ts";
import { type ValidationReport, validateLines } from "../dataset/validate.ts";
import { createJsonOption, createJudging, createPolicyOption } from "./dataset-options.ts";
import { formatCounts } from "./format-counts.ts";
import { explainMissingFile } from "./missing-file.ts";
import { print } from "./output.ts";

interface ValidateFlags {
  readonly policy: LicensePolicy;
  readonly json: boolean;
}

export function addValidateCommand(dataset: Command): void {
  dataset
    .command("validate")
    .description("judge every sample of files; exit 1 when one is refused")
    .argument("<files...>", "files of samples; duplicates are looked for across all of them")
    .addOption(createPolicyOption())
    .addOption(createJsonOption())
    .action(validate);
}

async function validate(files: readonly string[], flags: ValidateFlags): Promise<void> {
  const report = await explainMissingFile(validateLines(readAll(files), createJudging(flags.policy)));
  print(report, { json: flags.json, lines: formatReport(report) });
  if (report.accepted < report.lines) process.exitCode = 1;
}

async function* readAll(files: readonly string[]): AsyncIterable<string> {
  for (const file of files) yield* readLines(file).lines;
}

function formatReport(report: ValidationReport): string[] {
  return [
    `${report.accepted} of ${report.lines} samples accepted`,
    ...formatCounts(report.bySource),
    ...formatCounts(report.byLicenseClass),
    ...(report.accepted < report.lines ? ["refused", ...formatCounts(report.reasons)] : []),
  ];
}
