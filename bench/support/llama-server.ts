import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";

export interface LlamaServer {
  readonly url: string;
  stop(): Promise<void>;
}

export interface LlamaServerOptions {
  readonly binary: string;
  readonly modelPath: string;
  readonly threads: number;
  readonly slots: number;
  /** Of each slot. */
  readonly contextLength: number;
  readonly serverArgs?: readonly string[];
}

const READY_MS = 120_000;

/** Path of the llama-server of the very llama.cpp version that the engine has; built when it is not there yet. */
export function findLlamaServer(): string {
  const script = join(import.meta.dirname, "..", "..", "scripts", "build-llama-server.sh");
  return execFileSync("bash", [script], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

export async function startLlamaServer(options: LlamaServerOptions): Promise<LlamaServer> {
  const port = await findFreePort();
  const { modelPath, threads, slots, contextLength, serverArgs = [] } = options;
  const flags: Readonly<Record<string, string | number>> = {
    "--model": modelPath,
    "--threads": threads,
    "--parallel": slots,
    "--ctx-size": contextLength * slots,
    "--host": "127.0.0.1",
    "--port": port,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)]);
  const child = spawn(options.binary, [...args, "--no-webui", ...serverArgs], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady(url, child);
  return {
    url,
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const response = await fetch(`${url}/health`).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`llama-server did not get ready (exit ${child.exitCode})`);
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
