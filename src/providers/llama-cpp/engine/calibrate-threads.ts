import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { LlamaModel, Token } from "node-llama-cpp";
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
  /** Time of a decode with so many. */
  readonly msPerToken: number;
  /** False when it was measured on a busy machine or disturbed: not remembered. */
  readonly isCertain: boolean;
}

/** A context to measure on; null for a model that cannot be measured. */
export type StartProbe = (model: LlamaModel, threads: number) => Promise<ThreadProbe | null>;

interface ThreadProbe {
  /** One decode of the kind that will be served. */
  decode(): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * How many threads decode this model fastest on this machine, measured once and remembered. The library's default is
 * never used: with more threads than cores a token takes seconds. On more than two cores one stays free.
 */
export async function calibrateThreads(options: {
  readonly model: LlamaModel;
  readonly version: string;
  readonly file: string | null;
  readonly startProbe?: StartProbe | undefined;
  /** Measures although a count is remembered, and remembers the new one. */
  readonly isAgain: boolean;
  /** Something else uses the cores: what is measured now is not remembered. */
  readonly isBusy: boolean;
  /** Asked when it was measured: false where the engine's own work came between, so that it is not remembered. */
  readonly isUndisturbed?: (() => boolean) | undefined;
}): Promise<ThreadCalibration> {
  const cores = os.availableParallelism();
  const key = `${os.cpus()[0]?.model ?? "cpu"} x${cores} | ${options.version} ${options.model.size}`;
  const known = options.file === null ? {} : await readCalibration(options.file);
  const remembered = known[key];
  if (!options.isAgain && remembered !== undefined && remembered.threads <= cores) {
    return { ...remembered, isCertain: true };
  }
  const best = await measureBestThreads(options);
  const isCertain = !options.isBusy && (options.isUndisturbed?.() ?? true);
  if (options.file !== null && isCertain) await writeCalibration(options.file, { ...known, [key]: best });
  return { ...best, isCertain };
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

type Measured = { readonly model: LlamaModel; readonly startProbe?: StartProbe | undefined };

async function measureBestThreads({ model, startProbe = startTextProbe }: Measured) {
  const deadline = performance.now() + BUDGET_MS;
  let best = { threads: 1, msPerToken: Number.POSITIVE_INFINITY };
  for (const threads of listCandidates(os.availableParallelism())) {
    const probe = await startProbe(model, threads);
    if (probe === null) break;
    const msPerToken = await measureDecodes(probe, { deadline, giveUpMs: best.msPerToken * 3 });
    if (msPerToken < best.msPerToken * WORTHWHILE) best = { threads, msPerToken };
    if (performance.now() > deadline) break;
  }
  return best.msPerToken === Number.POSITIVE_INFINITY ? { threads: 1, msPerToken: BUDGET_MS } : best;
}

/** Fastest of a few decodes: other work on the machine only ever makes one slower. */
async function measureDecodes(
  probe: ThreadProbe,
  limits: { readonly deadline: number; readonly giveUpMs: number },
): Promise<number> {
  try {
    // The first decode warms pages and threads.
    await probe.decode();
    let fastest = Number.POSITIVE_INFINITY;
    for (let count = 0; count < MEASURED_TOKENS; count++) {
      const before = performance.now();
      await probe.decode();
      const now = performance.now();
      fastest = Math.min(fastest, now - before);
      if (now > limits.deadline || now - before > limits.giveUpMs) break;
    }
    return fastest;
  } finally {
    await probe.dispose();
  }
}

export async function startTextProbe(model: LlamaModel, threads: number): Promise<ThreadProbe | null> {
  const start = pickAnyToken(model);
  if (start === null) return null;
  const context = await model.createContext({ sequences: 1, contextSize: 256, batchSize: 32, threads });
  const tokens = context.getSequence().evaluate([start], { temperature: 0, yieldEogToken: true });
  return {
    async decode() {
      await tokens.next();
    },
    async dispose() {
      await tokens.return();
      await context.dispose();
    },
  };
}

/** Most embeddings are of sentences. */
const PROBE_TOKENS = 32;

export async function startEmbeddingProbe(model: LlamaModel, threads: number): Promise<ThreadProbe | null> {
  const token = pickAnyToken(model);
  if (token === null) return null;
  const input = Array.from({ length: PROBE_TOKENS }, () => token);
  const size = 2 * PROBE_TOKENS;
  const context = await model.createEmbeddingContext({ contextSize: size, batchSize: size, threads });
  return {
    async decode() {
      await context.getEmbeddingFor(input);
    },
    dispose: () => context.dispose(),
  };
}

export function pickAnyToken(model: LlamaModel): Token | null {
  return model.tokens.bos ?? model.tokens.eos ?? model.tokenize("a")[0] ?? null;
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
