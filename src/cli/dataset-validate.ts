import type { Command } from "commander";
import type { LicensePolicy } from "../dataset/license-policy.ts";
import { readLines } from "../dataset/line-files.ts";
import { type ValidationReport, validateLines } from "../dataset/validate.ts";
import { createJsonOption, createJudging, createPolicyOption } from "./dataset-options.ts";
import { formatCounts, runReporting } from "./run-reporting.ts";

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
    .action((files: readonly string[], flags: ValidateFlags) => runReporting(() => validate(files, flags)));
}

async function validate(files: readonly string[], flags: ValidateFlags): Promise<void> {
  const report = await validateLines(readAll(files), createJudging(flags.policy));
  console.log(flags.json ? JSON.stringify(report, null, 2) : formatReport(report).join("\n"));
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
