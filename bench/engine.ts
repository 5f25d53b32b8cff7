/**
 * `npm run bench -- engine [--pairs 5] [--threads 2] [--only stylist|tinyllama] [--slots 1,4,8] [--server-args "..."]`
 *
 * Tailor's local provider (in this process, its engine in a child process) against llama-server of the same llama.cpp
 * version over HTTP: the same GGUF, threads, prompts, greedy sampling and token cap, in turns. Medians of the pairs;
 * above 1 Tailor is faster. The shipped model's figures stand at the top level, those of a TinyLlama-1.1B-shaped Q4_K_M
 * file with random weights under `tinyllama`. `--slots` picks how many answers at a time are compared: the figures of
 * single answers belong to 1. llama-server runs as it does when it is told nothing else; `--server-args` tells it more
 * (`--flash-attn off`). Tailor serves an unpacked copy of the weights where that is faster. Wants an idle machine, and
 * waits for it.
 *
 * - `decodeVsLlamaServer` tokens a second of free text behind the first, without guesses; `guessedVsLlamaServer` with
 * - `planVsLlamaServer` wall time of a plan under the backend's JSON schema; `tightenedVsLlamaServer` under the
 *   stylist's own constraint, against llama-server's schema plan
 * - `planVsNoJump` the schema plan against the same engine without jump-forward and guesses
 * - `ttftVsLlamaServer` first text of a prompt asked before; `ttftVsCold`, `ttftVsColdLong` (1,200 tokens and more)
 *   the same prompt cold, against it warm
 * - `parallel4VsLlamaServer`, `parallel8VsLlamaServer` schema plans a second, 4 and 8 at a time
 * - `eventLoopP99Ms` delay of this process's event loop while it serves the gateway over HTTP, log included, and plans
 *   are streamed through it one after the other; the client that reads them is in this process too
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import type { ChatPeer } from "./support/chat-peer.ts";
import { createEngineCases, type EngineCases } from "./support/engine-cases.ts";
import { type EnginePeers, type EnginePeersOptions, withEnginePeers } from "./support/engine-peers.ts";
import { findLlamaServer } from "./support/llama-server.ts";
import { measurePairs, type Ratios, round } from "./support/measure-pairs.ts";
import { createRandomLlamaFile } from "./support/random-llama-file.ts";
import { waitUntilIdle } from "./support/wait-until-idle.ts";

const SHIPPED = "models/stylist-135m/stylist-135m-q5_0.gguf";

interface Setup extends Omit<EnginePeersOptions, "slots"> {
  readonly pairs: number;
  /** Answers at a time, one comparison for each. */
  readonly slots: readonly number[];
}

export async function runBenchmark(args: readonly string[]): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pairs: { type: "string", default: "5" },
      threads: { type: "string", default: String(availableParallelism()) },
      only: { type: "string" },
      slots: { type: "string", default: "1,4,8" },
      "server-args": { type: "string", default: "" },
    },
  });
  const binary = findLlamaServer();
  const common = {
    binary,
    threads: Number(values.threads),
    pairs: Number(values.pairs),
    slots: values.slots.split(",").map(Number),
    serverArgs: values["server-args"].split(" ").filter((part) => part !== ""),
  };
  await waitUntilIdle();
  const results: Record<string, unknown> = { threads: common.threads };
  if (values.only !== "tinyllama") {
    const cases = createEngineCases({ isRandom: false });
    Object.assign(results, await compare({ ...common, modelPath: SHIPPED, cases }));
  }
  if (values.only !== "stylist") {
    const modelPath = createTinyLlama(binary);
    const cases = createEngineCases({ isRandom: true });
    results.tinyllama = await compare({ ...common, modelPath, cases });
  }
  return results;
}

/** The vocabulary comes with the sources that llama-server was built from. */
function createTinyLlama(binary: string): string {
  const home = join(binary, "..", "..", "..");
  return createRandomLlamaFile({
    vocabulary: join(home, "source", "models", "ggml-vocab-llama-spm.gguf"),
    file: join(home, "tinyllama-q4_k_m-text.gguf"),
  });
}

async function compare(setup: Setup): Promise<Ratios> {
  const ratios: Ratios = {};
  for (const slots of setup.slots) {
    console.log(`\n${setup.modelPath}: ${slots} at a time, ${setup.threads} threads`);
    const run = (peers: EnginePeers) =>
      slots === 1 ? compareSingle(setup, peers) : compareParallel(setup, slots, peers);
    Object.assign(ratios, await withEnginePeers({ ...setup, slots }, run));
  }
  return ratios;
}

async function compareSingle({ pairs, cases }: Setup, peers: EnginePeers): Promise<Ratios> {
  const { ours, plain, theirs, served } = peers;
  const decode = async (peer: ChatPeer, pair: number) => {
    const { wallMs, firstMs, tokens } = await peer.ask(cases.free(pair));
    return (wallMs - firstMs) / (tokens - 1);
  };
  const plan = async (peer: ChatPeer, pair: number) => (await peer.ask(cases.plan(pair))).wallMs;
  const tightened = async (pair: number) =>
    (await ours.ask({ ...cases.free(pair), max_tokens: 1024 }, cases.tightened(pair))).wallMs;
  const first = async (peer: ChatPeer, pair: number) => {
    const ask = { ...cases.free(pair), max_tokens: 4 };
    await peer.ask(ask);
    return (await peer.ask(ask)).firstMs;
  };
  const decoded = await measurePairs("ms/token", pairs, {
    decodeVsLlamaServer: [(pair) => decode(plain, pair), (pair) => decode(theirs, pair)],
    guessedVsLlamaServer: [(pair) => decode(ours, pair), (pair) => decode(theirs, pair)],
  });
  const planned = await measurePairs("ms/plan", pairs, {
    planVsLlamaServer: [(pair) => plan(ours, pair + 10), (pair) => plan(theirs, pair + 10)],
    planVsNoJump: [(pair) => plan(ours, pair + 20), (pair) => plan(plain, pair + 20)],
    tightenedVsLlamaServer: [(pair) => tightened(pair + 30), (pair) => plan(theirs, pair + 30)],
  });
  const eventLoopP99Ms = await measureEventLoop(async () => {
    for (let pair = 0; pair < pairs; pair++) await served.ask(cases.plan(pair + 60));
  });
  const started = await measurePairs("ms to first text", pairs, {
    ttftVsLlamaServer: [(pair) => first(ours, pair + 40), (pair) => first(theirs, pair + 40)],
    ttftVsCold: [(pair) => first(ours, pair + 50), (pair) => firstCold(ours, cases, pair)],
    ttftVsColdLong: [
      (pair) => firstBehindLong(ours, { pair, isCold: false }),
      (pair) => firstBehindLong(ours, { pair, isCold: true }),
    ],
  });
  return { ...decoded, ...planned, ...started, eventLoopP99Ms };
}

async function measureEventLoop(work: () => Promise<void>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return round(delay.percentile(99) / 1e6);
}

/** A system text that differs from its first word on: nothing of the prompt is in place. */
async function firstCold(peer: ChatPeer, cases: EngineCases, pair: number): Promise<number> {
  const { messages } = cases.free(pair + 50);
  const cold = messages.map((message, index) =>
    index === 0 ? { ...message, content: `${pair} ${performance.now()} ${message.content}` } : message,
  );
  return (await peer.ask({ messages: cold, max_tokens: 4 })).firstMs;
}

const LONG_TEXT = "Prices stay inside the budget, and every item is one that shops sell. ".repeat(90);

async function firstBehindLong(
  peer: ChatPeer,
  { pair, isCold }: { readonly pair: number; readonly isCold: boolean },
): Promise<number> {
  const user = [{ role: "user" as const, content: `Question ${pair}: boots or shoes?` }];
  const system = {
    role: "system" as const,
    content: isCold ? `${performance.now()} ${LONG_TEXT}` : LONG_TEXT,
  };
  if (!isCold) {
    const other = { role: "user" as const, content: `Another question ${pair}: coat or jacket?` };
    await peer.ask({ messages: [system, other], max_tokens: 4 });
  }
  return (await peer.ask({ messages: [system, ...user], max_tokens: 4 })).firstMs;
}

async function compareParallel(
  { pairs, cases }: Setup,
  slots: number,
  { ours, theirs }: EnginePeers,
): Promise<Ratios> {
  const all = async (peer: ChatPeer, pair: number) => {
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: slots }, (_, index) => peer.ask(cases.plan(pair * slots + index))),
    );
    return (performance.now() - startedAt) / slots;
  };
  return await measurePairs("ms/plan", pairs, {
    [`parallel${slots}VsLlamaServer`]: [(pair) => all(ours, pair), (pair) => all(theirs, pair)],
  });
}
