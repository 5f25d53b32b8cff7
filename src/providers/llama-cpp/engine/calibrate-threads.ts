import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { LlamaModel } from "node-llama-cpp";
import { z } from "zod";

const BUDGET_MS = 2000;
const MEASURED_TOKENS = 6;
/** More threads must be this much faster to be worth a core that others could use. */
const WORTHWHILE = 0.9;

const calibrationSchema = z.record(
  z.string(),
  z.object({ threads: z.number().int().min(1), msPerToken: z.number() }),
);
type Calibration = z.infer<typeof calibrationSchema>;

export interface ThreadCalibration {
  readonly threads: number;
  /** False when it was measured on a busy machine: used for now, not remembered. */
  readonly isCertain: boolean;
}

/**
 * How many threads decode this model fastest on this machine, measured once and remembered. The library's default is
 * never used: with more threads than cores a token takes seconds. On more than two cores one stays free.
 */
export async function calibrateThreads(options: {
  readonly model: LlamaModel;
  readonly version: string;
  readonly file: string | null;
  /** Measures although a count is remembered, and remembers the new one. */
  readonly isAgain: boolean;
  /** Something else uses the cores: what is measured now is not remembered. */
  readonly isBusy: boolean;
}): Promise<ThreadCalibration> {
  const cores = os.availableParallelism();
  const key = `${os.cpus()[0]?.model ?? "cpu"} x${cores} | ${options.version} ${options.model.size}`;
  const known = options.file === null ? {} : await readCalibration(options.file);
  const remembered = known[key];
  if (!options.isAgain && remembered !== undefined && remembered.threads <= cores) {
    return { threads: remembered.threads, isCertain: true };
  }
  const isCertain = !options.isBusy;
  const best = await measureBestThreads(options.model, listCandidates(cores));
  if (options.file !== null && isCertain) await writeCalibration(options.file, { ...known, [key]: best });
  return { threads: best.threads, isCertain };
}

/** Something else uses the cores: a measurement now says little about quieter times. */
export function isMachineBusy(): boolean {
  return (os.loadavg()[0] ?? 0) > os.availableParallelism() / 2;
}

export function listCandidates(cores: number): number[] {
  const most = cores > 2 ? cores - 1 : cores;
  const candidates = new Set([most]);
  for (let threads = 1; threads < most; threads *= 2) candidates.add(threads);
  return [...candidates].sort((left, right) => left - right);
}

async function measureBestThreads(model: LlamaModel, candidates: readonly number[]) {
  const deadline = performance.now() + BUDGET_MS;
  let best = { threads: 1, msPerToken: Number.POSITIVE_INFINITY };
  for (const threads of candidates) {
    const msPerToken = await measureThreads(model, { threads, deadline, giveUpMs: best.msPerToken * 3 });
    if (msPerToken < best.msPerToken * WORTHWHILE) best = { threads, msPerToken };
    if (performance.now() > deadline) break;
  }
  return best.msPerToken === Number.POSITIVE_INFINITY ? { threads: 1, msPerToken: BUDGET_MS } : best;
}

/** Fastest of a few decodes: other work on the machine only ever makes one slower. */
async function measureThreads(
  model: LlamaModel,
  limits: { readonly threads: number; readonly deadline: number; readonly giveUpMs: number },
): Promise<number> {
  const context = await model.createContext({
    sequences: 1,
    contextSize: 256,
    batchSize: 32,
    threads: limits.threads,
  });
  try {
    const start = model.tokens.bos ?? model.tokens.eos ?? model.tokenize("a")[0];
    if (start === undefined) return Number.POSITIVE_INFINITY;
    let fastest = Number.POSITIVE_INFINITY;
    let count = 0;
    let before = performance.now();
    for await (const _token of context
      .getSequence()
      .evaluate([start], { temperature: 0, yieldEogToken: true })) {
      const now = performance.now();
      // The first decode warms pages and threads.
      if (count++ > 0) fastest = Math.min(fastest, now - before);
      if (count > MEASURED_TOKENS || now > limits.deadline || now - before > limits.giveUpMs) break;
      before = now;
    }
    return fastest;
  } finally {
    await context.dispose();
  }
}

async function readCalibration(file: string): Promise<Calibration> {
  try {
    return calibrationSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // Missing or damaged: it is only a memory of measurements, so measure again.
    return {};
  }
}

async function writeCalibration(file: string, calibration: Calibration): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, JSON.stringify(calibration, null, 2));
    await rename(temporary, file);
  } catch {
    // A read-only data folder costs a measurement at the next start, nothing else.
  }
}
