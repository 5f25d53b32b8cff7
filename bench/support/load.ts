import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers with a status other than 2xx, plus connection errors. A run with any is invalid. */
  readonly failed: number;
  readonly sent: number;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly body: unknown;
  /** Requests a second over all connections; as many as there are answers when left out. */
  readonly rate?: number;
}

/** Drives one URL with autocannon in a process of its own. */
export async function runLoad(url: string, options: LoadOptions): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), "tailor-bench-"));
  const bodyFile = join(folder, "body.json");
  writeFileSync(bodyFile, JSON.stringify(options.body));
  const args = ["-j", "-c", `${options.connections}`, "-d", `${options.seconds}`, "-m", "POST"];
  if (options.rate !== undefined) args.push("-R", `${options.rate}`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "node_modules/autocannon/autocannon.js",
      ...args,
      "-H",
      "content-type=application/json",
      "-i",
      bodyFile,
      url,
    ],
    { maxBuffer: 16 << 20 },
  );
  rmSync(folder, { recursive: true, force: true });
  const result = JSON.parse(stdout);
  return {
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
    sent: result.requests.total,
  };
}
