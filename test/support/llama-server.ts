import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface LlamaServer {
  /** `http://127.0.0.1:<port>/v1`. */
  readonly baseUrl: string;
  /** `kill -9`. */
  kill(): void;
}

const MODEL_FILE = "models/stylist-135m/stylist-135m-q5_0.gguf";
/** The model's own template has no place for tools, with which llama-server passes over them in silence. */
const TOOL_TEMPLATE_FILE = "test/fixtures/chat-templates/chatml-tools.jinja";
const INFO_FILE = "node_modules/node-llama-cpp/llama/llama.cpp.info.json";
const READY_WITHIN_MS = 60_000;

/** The binary that `scripts/build-llama-server.sh` leaves outside the repository; null where nobody ran it. */
export function findLlamaServer(): string | null {
  const { tag }: { tag: string } = JSON.parse(readFileSync(INFO_FILE, "utf8"));
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const home = process.env.TAILOR_LLAMA_SERVER_HOME ?? join(cache, "tailor", "llama-server");
  const binary = join(home, tag, "build", "bin", "llama-server");
  return existsSync(binary) ? binary : null;
}

/** A real llama-server with the shipped model: two slots of 1,024 tokens, one thread. */
export async function startLlamaServer(
  binary: string,
  { templateFile = TOOL_TEMPLATE_FILE }: { templateFile?: string | null } = {},
): Promise<LlamaServer> {
  const port = await findFreePort();
  const args = ["--model", MODEL_FILE, "--alias", "stylist-135m", "--host", "127.0.0.1", "--port", `${port}`];
  const limits = ["--ctx-size", "2048", "--parallel", "2", "--threads", "1", "--no-webui"];
  const template = templateFile === null ? [] : ["--chat-template-file", templateFile];
  const child = spawn(binary, [...args, ...limits, ...template], { stdio: "ignore" });
  await waitUntilReady(child, port);
  return { baseUrl: `http://127.0.0.1:${port}/v1`, kill: () => child.kill("SIGKILL") };
}

async function waitUntilReady(child: ChildProcess, port: number): Promise<void> {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`llama-server ended with code ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
    if (answer?.ok) return;
  }
  child.kill("SIGKILL");
  throw new Error("llama-server was not ready in time");
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
