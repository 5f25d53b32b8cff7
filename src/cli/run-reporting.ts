import { reportFailure } from "./report-failure.ts";

/** Runs a command's work; a failure is told on standard error and exits 1. */
export async function runReporting(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = isMissingFile(error) ? reportMissingFile(error) : reportFailure(error);
  }
}

function isMissingFile(error: unknown): error is Error & { readonly path: string } {
  return error instanceof Error && "code" in error && error.code === "ENOENT" && "path" in error;
}

function reportMissingFile(error: { readonly path: string }): 1 {
  process.stderr.write(`There is no file ${error.path}.\n`);
  return 1;
}

/** Lines such as "  budget  12", names padded to one column. Empty counts print nothing. */
export function formatCounts(counts: Readonly<Record<string, number>>): string[] {
  const width = Math.max(0, ...Object.keys(counts).map((name) => name.length));
  return Object.entries(counts).map(([name, count]) => `  ${name.padEnd(width)}  ${count}`);
}
