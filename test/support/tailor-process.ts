import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../src/store/open-store.ts";

export interface TailorProcess extends AsyncDisposable {
  readonly url: string;
  /** The line printed when ready. */
  readonly line: string;
  readonly child: ChildProcess;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  /** Standard output and error so far. */
  output(): string;
  /** The log as it is on disk; for after the end. */
  openLog(): Promise<Store>;
}

export interface TailorProcessOptions {
  /** Becomes the configuration file; the one that comes with Tailor when left out. */
  readonly config?: object;
  readonly env?: NodeJS.ProcessEnv;
  /** Most time until the line that says it is up. */
  readonly timeoutMs?: number;
}

/** `npm start` as a process of its own, on a free port and with a data folder of its own. */
export async function startTailorProcess(options: TailorProcessOptions = {}): Promise<TailorProcess> {
  const { config, timeoutMs = 60_000 } = options;
  const folder = mkdtempSync(join(tmpdir(), "tailor-process-"));
  const configPath = join(folder, "config.json");
  if (config !== undefined) writeFileSync(configPath, JSON.stringify(config));
  const { OPENAI_API_KEY: _, TAILOR_ADMIN_KEY: __, DATABASE_URL: ___, ...inherited } = process.env;
  const env = {
    ...inherited,
    PORT: "0",
    TAILOR_DATA_DIR: folder,
    ...(config === undefined ? {} : { TAILOR_CONFIG: configPath }),
    ...options.env,
  };
  const child = spawn(process.execPath, ["src/main.ts"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal));
  });
  const line = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in time: ${output}`)), timeoutMs);
    child.stderr?.on("data", (data) => {
      output += data;
    });
    child.stdout?.on("data", (data) => {
      output += data;
      const found = /^Tailor is .* on (http:\S+).*$/m.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[0]);
    });
    void exited.then((code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
  return {
    url: /http:\S+/.exec(line)?.[0] ?? "",
    line,
    child,
    folder,
    env,
    exited,
    output: () => output,
    openLog: () => openStore({ url: `file:${join(folder, "tailor.db")}` }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
