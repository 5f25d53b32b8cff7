import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What a load process was told, by request id. */
export interface ClientRecord {
  readonly sent: Set<string>;
  /** Good answers whose head has come. */
  readonly began: Set<string>;
  /** Whole answers, with the time at which the last byte was read. */
  readonly answered: Map<string, number>;
  /** Error answers, with their status. */
  readonly refused: Map<string, number>;
}

export interface ClientLoad extends AsyncDisposable {
  readonly record: ClientRecord;
  /** Resolves once so many more answers have come. */
  answers(count: number): Promise<void>;
  /** Lets every request under way end, then resolves. */
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./load-process.ts", import.meta.url));
const POLL_MS = 10;
const PATIENCE_MS = 120_000;

export function startLoad(options: {
  readonly url: string;
  readonly run: string;
  readonly lanes?: number;
  /** Every how many-th request streams; 0: none. */
  readonly streams?: number;
}): ClientLoad {
  const { url, run, lanes = 8, streams = 2 } = options;
  const args = ["--url", url, "--run", run, "--lanes", `${lanes}`, "--streams", `${streams}`];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const record: ClientRecord = { sent: new Set(), began: new Set(), answered: new Map(), refused: new Map() };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [event, id = "", value] = line.split(" ");
    if (event === "sent") record.sent.add(id);
    else if (event === "began") record.began.add(id);
    else if (event === "answered") record.answered.set(id, Number(value));
    else if (event === "refused") record.refused.set(id, Number(value));
  });
  return {
    record,
    async answers(count) {
      const wanted = record.answered.size + count;
      await waitUntil(() => record.answered.size >= wanted, `${count} more answers`);
    },
    async stop() {
      child.kill("SIGTERM");
      await closed;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`waited ${patienceMs / 1000} s in vain for ${what}`);
    await sleep(POLL_MS);
  }
}

export function sleep(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs));
}
