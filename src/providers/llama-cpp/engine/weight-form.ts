import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Llama } from "node-llama-cpp";
import type { EngineModel, EngineSettings } from "../engine-messages.ts";
import { readFileStamp } from "../file-stamp.ts";
import { listCandidates, pickAnyToken } from "./calibrate-threads.ts";
import { checkModelFile } from "./model-file.ts";
import { waitUntilQuiet } from "./quiet-machine.ts";
import { measureUnpacked, unpackWeights } from "./unpack-weights.ts";

interface WeightFormOptions {
  readonly llama: Llama;
  readonly spec: EngineModel;
  readonly settings: EngineSettings;
  readonly budgetBytes: number;
  /** Whether a measurement can be trusted now, or soon. */
  readonly becomesQuiet?: (() => Promise<boolean>) | undefined;
}

/** Larger ones take their time from memory, not from arithmetic. */
const MOST_UNPACKED_BYTES = 1e9;
const ROUNDS = 8;
const BUDGET_MS = 4000;
const MANY_TOKENS = 8;
/** A single token may not take longer by more than noise, and a decode of an answer has to gain this much. */
const AS_FAST = 1.02;
const WORTHWHILE = 0.95;
/** Further tokens in a decode of a plan, on average. */
const FURTHER_TOKENS = 2;
const UNUSED_MS = 30 * 24 * 3600 * 1000;

/**
 * The file to load for a model: its own, or a copy with unpacked weights (`unpack-weights.ts`) in the data folder, whichever
 * decodes faster on this machine. Measured once and remembered. Whatever goes wrong, the model's own file serves.
 */
export async function pickWeights(options: WeightFormOptions): Promise<string> {
  const { llama, spec, settings, budgetBytes, becomesQuiet = waitUntilQuiet } = options;
  const folder = settings.weightsFolder;
  if (llama.gpu !== false || folder === null || spec.use !== "text") return spec.path;
  const place = path.join(folder, nameOf(spec, settings));
  const copy = `${place}.gguf`;
  const partial = `${place}.${process.pid}.partial`;
  try {
    if (isWhole(copy)) {
      const now = new Date();
      await utimes(copy, now, now);
      return copy;
    }
    if (existsSync(`${place}.packed`)) return spec.path;
    const bytes = measureUnpacked(spec.path);
    if (bytes === null || bytes > Math.min(MOST_UNPACKED_BYTES, budgetBytes / 2)) return spec.path;
    // A measurement would say little: another start is quieter.
    if (!(await becomesQuiet())) return spec.path;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeUnused(folder);
    await unpackWeights(spec.path, partial);
    if (await isFaster({ llama, settings, packed: spec.path, unpacked: partial })) {
      await rename(partial, copy);
      return copy;
    }
    await writeFile(`${place}.packed`, "");
    return spec.path;
  } catch {
    // A full disk, a folder that may not be written, a damaged file: the load that follows says what is wrong with it.
    return spec.path;
  } finally {
    await rm(partial, { force: true }).catch(() => {});
  }
}

/** A copy that a failing disk cut short is made again. */
function isWhole(copy: string): boolean {
  try {
    checkModelFile(copy);
    return true;
  } catch {
    return false;
  }
}

/** Of the file as it is now, on this kind of machine. */
function nameOf(spec: EngineModel, { threads }: EngineSettings): string {
  const machine = `${os.cpus()[0]?.model ?? "cpu"} x${os.availableParallelism()} ${threads ?? ""}`;
  return createHash("sha256")
    .update(`${machine} | ${readFileStamp(spec.path)}`)
    .digest("hex")
    .slice(0, 32);
}

async function removeUnused(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const { mtimeMs } = await stat(file);
    if (Date.now() - mtimeMs > UNUSED_MS) await rm(file, { force: true });
  }
}

interface Probe {
  decode(tokens: number): Promise<number>;
  dispose(): Promise<void>;
}

async function isFaster(options: {
  readonly llama: Llama;
  readonly settings: EngineSettings;
  readonly packed: string;
  readonly unpacked: string;
}): Promise<boolean> {
  const { llama, settings } = options;
  const probes: Probe[] = [];
  try {
    for (const file of [options.packed, options.unpacked])
      probes.push(await startProbe(llama, settings, file));
    const best = probes.map(() => ({ one: Number.POSITIVE_INFINITY, many: Number.POSITIVE_INFINITY }));
    const deadline = performance.now() + BUDGET_MS;
    // In turns, so that a busy moment hits both; the first round warms pages and threads.
    for (let round = 0; round <= ROUNDS && performance.now() < deadline; round++) {
      for (const [index, probe] of probes.entries()) {
        const one = await probe.decode(1);
        const many = await probe.decode(MANY_TOKENS);
        const times = best[index];
        if (round === 0 || times === undefined) continue;
        times.one = Math.min(times.one, one);
        times.many = Math.min(times.many, many);
      }
    }
    const [packed, unpacked] = best.map(({ one, many }) => ({
      one,
      step: one + (FURTHER_TOKENS * (many - one)) / (MANY_TOKENS - 1),
    }));
    if (packed === undefined || unpacked === undefined) return false;
    return unpacked.one <= packed.one * AS_FAST && unpacked.step <= packed.step * WORTHWHILE;
  } finally {
    for (const probe of probes) await probe.dispose();
  }
}

async function startProbe(llama: Llama, settings: EngineSettings, file: string): Promise<Probe> {
  const model = await llama.loadModel({ modelPath: file });
  try {
    const token = pickAnyToken(model);
    if (token === null) throw new Error("nothing to decode");
    const threads = settings.threads ?? Math.max(...listCandidates(os.availableParallelism()));
    llama.maxThreads = threads;
    const context = await model.createContext({ sequences: 1, contextSize: 256, batchSize: 32, threads });
    const sequence = context.getSequence();
    return {
      async decode(tokens) {
        await sequence.clearHistory();
        const before = performance.now();
        await sequence.evaluateWithoutGeneratingNewTokens(Array.from({ length: tokens }, () => token));
        return performance.now() - before;
      },
      dispose: () => model.dispose(),
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}
