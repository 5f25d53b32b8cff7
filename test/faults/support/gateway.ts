import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readPromised } from "../../../src/store/spool/promise-file.ts";
import { startTailorProcess, type TailorProcess } from "../../support/tailor-process.ts";

/** One gateway over several lives: the same port, data folder and database. */
export interface GatewayUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly databaseUrl: string;
  start(): Promise<void>;
  /** Ends the process and resolves with its exit code or signal. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number | NodeJS.Signals | null>;
  /** Rows promised by the processes whose folders lie in the spool: the living one, and dead ones not settled yet. */
  countPromised(): number;
  countFolders(): number;
  /** A number of `/metrics`. */
  readGauge(name: string): Promise<number>;
}

export interface GatewayOptions {
  readonly upstream: string;
  readonly mode: "async" | "strict";
  /** SQLite in the data folder when left out. */
  readonly databaseUrl?: string;
  readonly dataDir?: string;
  readonly limits?: object;
  /** Further fields of the route. */
  readonly route?: object;
  readonly env?: NodeJS.ProcessEnv;
}

export async function createGateway(options: GatewayOptions): Promise<GatewayUnderTest> {
  const { upstream, mode, limits = {} } = options;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "tailor-fault-"));
  const databaseUrl = options.databaseUrl ?? `file:${join(dataDir, "tailor.db")}`;
  const port = await findFreePort();
  const config = {
    providers: { up: { kind: "openai", baseUrl: upstream, apiKeyEnv: null, licenseClass: "commercial_ok" } },
    routes: [
      {
        name: "stylist",
        models: ["stylist"],
        targets: [{ id: "up", provider: "up", model: "upstream-model", percent: 100 }],
        logMode: mode,
        ...options.route,
      },
    ],
    passthrough: null,
    limits,
  };
  const env = {
    PORT: `${port}`,
    TAILOR_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: "error",
    ...options.env,
  };
  const spools = join(dataDir, "spool");
  let life: TailorProcess | null = null;

  return {
    url: `http://127.0.0.1:${port}`,
    dataDir,
    databaseUrl,
    async start() {
      life = await startTailorProcess({ config, env, timeoutMs: 120_000 });
    },
    async end(signal) {
      life?.child.kill(signal);
      const code = (await life?.exited) ?? null;
      await life?.[Symbol.asyncDispose]();
      life = null;
      return code;
    },
    countPromised: () => readdirSync(spools).reduce((sum, id) => sum + readPromised(join(spools, id)), 0),
    countFolders: () => readdirSync(spools).length,
    async readGauge(name) {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(new RegExp(`tailor_state\\{name="${name}"\\} (\\S+)`).exec(text)?.[1]);
    },
    async [Symbol.asyncDispose]() {
      await life?.[Symbol.asyncDispose]();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export interface UpstreamProcess extends AsyncDisposable {
  readonly baseUrl: string;
}

/** The scripted upstream in a process of its own. */
export async function startUpstream(script: object): Promise<UpstreamProcess> {
  const program = fileURLToPath(new URL("../../support/scripted-upstream-process.ts", import.meta.url));
  const args = [program, "--models", "upstream-model", "--script", JSON.stringify(script)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const baseUrl = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) =>
      resolve(String(JSON.parse(line).baseUrl)),
    );
    child.once("exit", () => reject(new Error("the upstream did not start")));
  });
  return {
    baseUrl,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
    },
  };
}
