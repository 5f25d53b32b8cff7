/**
 * `npm test`: every test of both languages, then one closing line for people and CI: `N passed, N failed, N skipped`.
 * Fetches the JSON Schema suite (once; where it cannot be had its tests are skipped, in CI they fail) and runs the
 * TypeScript suite, then makes the Python environment (training/setup.sh, quick when it is there) and runs the Python
 * suite. Exit 1 when any test failed or a suite could not run.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const reports = mkdtempSync(join(tmpdir(), "tailor-test-"));

function runCommand(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "inherit" }).status === 0;
}

function runVitest(): SuiteResult {
  runCommand("bash", ["scripts/fetch-json-schema-suite.sh"]);
  const file = join(reports, "vitest.json");
  const green = runCommand(process.execPath, [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...process.argv.slice(2),
  ]);
  const report = JSON.parse(readFileSync(file, "utf8"));
  const failed = Number(report.numFailedTests);
  return {
    passed: Number(report.numPassedTests),
    // A file that does not load fails no test of its own, yet the suite is red.
    failed: green ? failed : Math.max(failed, 1),
    skipped: Number(report.numPendingTests),
  };
}

function runPytest(): SuiteResult {
  if (!runCommand("bash", ["training/setup.sh"])) return { passed: 0, failed: 1, skipped: 0 };
  const file = join(reports, "pytest.xml");
  const python = "training/.venv/bin/python";
  const green = runCommand(python, [
    "-m",
    "pytest",
    "-q",
    "-m",
    "not slow",
    `--junitxml=${file}`,
    "training",
  ]);
  const suite = /<testsuite [^>]*>/.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  const read = (name: string) => Number(new RegExp(`${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = read("failures") + read("errors");
  const skipped = read("skipped");
  return { passed: read("tests") - failed - skipped, failed: green ? failed : Math.max(failed, 1), skipped };
}

const results = [runVitest(), runPytest()];
rmSync(reports, { recursive: true, force: true });
const sum = (pick: (result: SuiteResult) => number) =>
  results.reduce((total, result) => total + pick(result), 0);
const failed = sum((result) => result.failed);
console.log(
  `\n${sum((result) => result.passed)} passed, ${failed} failed, ${sum((result) => result.skipped)} skipped`,
);
process.exitCode = failed > 0 ? 1 : 0;
