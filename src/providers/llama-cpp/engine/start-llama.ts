import os from "node:os";
import { getLlama, type Llama, LlamaLogLevel } from "node-llama-cpp";
import type { EngineSettings } from "../engine-messages.ts";

export interface StartedLlama {
  readonly llama: Llama;
  /** Memory that models and contexts may take. */
  readonly budgetBytes: number;
  /** Most sequences of one model where nobody asked for a number. */
  readonly mostSequences: number;
  /** What llama.cpp complained about since the last call. */
  readonly takeLog: () => string;
}

const MAX_LOG_LINES = 50;
/** The rest is for the gateway, the system's file cache and what the estimates leave out. */
const USABLE_SHARE = 0.8;
const MAX_CPU_SEQUENCES = 8;
/** An accelerator decodes this many about as fast as one. */
const GPU_SEQUENCES = 16;

export async function startLlama(settings: EngineSettings): Promise<StartedLlama> {
  const lines: string[] = [];
  const llama = await getLlama({
    gpu: settings.gpu,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    // An upper bound for measuring; each context gets its own measured count.
    maxThreads: settings.threads ?? os.availableParallelism(),
    logLevel: LlamaLogLevel.error,
    logger: (_level, message) => {
      lines.push(message);
      if (lines.length > MAX_LOG_LINES) lines.shift();
    },
  });
  // The library takes the CPU instead of what is not there; somebody who named an accelerator wants to know.
  if (settings.gpu !== "auto" && llama.gpu !== settings.gpu)
    throw new Error(`no ${settings.gpu} on this machine`);
  return {
    llama,
    budgetBytes: settings.memoryBudgetBytes ?? Math.floor((await measureFreeBytes(llama)) * USABLE_SHARE),
    mostSequences:
      llama.gpu === false
        ? Math.min(MAX_CPU_SEQUENCES, Math.max(2, os.availableParallelism()))
        : GPU_SEQUENCES,
    takeLog: () => lines.splice(0).join("\n"),
  };
}

async function measureFreeBytes(llama: Llama): Promise<number> {
  const memoryBytes = process.availableMemory();
  if (llama.gpu === false) return memoryBytes;
  const { free, unifiedSize } = await llama.getVramState();
  // What the accelerator shares with the system must not count twice.
  return unifiedSize > 0 ? memoryBytes : memoryBytes + free;
}
