import type { AdmissionQueue, QueueCounts } from "./admission-queue.ts";
import type { EngineClient } from "./engine-client.ts";
import type { PrefixNumbers } from "./engine-messages.ts";
import type { ModelSource, SourceModel } from "./model-source.ts";
import { toEngineModel } from "./served-models.ts";

/** Running totals over all answers of this process. */
export interface TokenCounts {
  answers: number;
  promptTokens: number;
  /** Prompt tokens that a sequence still held from an earlier answer. */
  cachedTokens: number;
  completionTokens: number;
}

export interface EngineStats {
  readonly models: readonly ModelStats[];
  readonly gpu: string | null;
  readonly slots: { readonly busy: number; readonly total: number };
  readonly queue: Readonly<QueueCounts> & { readonly length: number };
  /** Running mean over decodes; null before the first one. */
  readonly msPerToken: number | null;
  /** Tokens of the last second, all answers together. */
  readonly tokensPerSecond: number;
  /** States of prompts' beginnings that are kept. */
  readonly prefixCache: PrefixNumbers;
  readonly memory: { readonly rssBytes: number | null; readonly budgetBytes: number | null };
  readonly restarts: number;
  readonly lastDeath: { readonly reason: string; readonly at: string } | null;
  readonly processId: number | null;
  readonly tokens: Readonly<TokenCounts>;
}

interface ModelStats {
  readonly name: string;
  readonly version: string;
  readonly adapter: string | null;
  readonly state: "idle" | "loading" | "loaded" | "failed";
  /** 0–100 while loading. */
  readonly percent: number | null;
  /** Why it failed. */
  readonly reason: string | null;
  readonly threads: number | null;
  readonly contextLength: number | null;
  readonly sequences: number | null;
  /** Weights; models on the same file share them. */
  readonly weightBytes: number | null;
  readonly contextBytes: number | null;
  readonly loadMs: number | null;
}

const NO_PREFIXES: PrefixNumbers = { entries: 0, bytes: 0, hits: 0, hitTokens: 0 };

export function collectEngineStats(parts: {
  readonly engine: EngineClient;
  readonly queue: AdmissionQueue;
  readonly source: ModelSource;
  readonly slots: number;
  readonly counts: TokenCounts;
}): EngineStats {
  const { engine, queue, source, slots, counts } = parts;
  const { gpu, restarts, lastDeath, pulse, processId } = engine.status;
  return {
    models: source.current().models.map((model) => describeModel(model, engine)),
    gpu,
    slots: { busy: queue.busy, total: slots },
    queue: { length: queue.length, ...queue.counts },
    msPerToken: pulse?.msPerToken ?? null,
    tokensPerSecond: pulse?.tokensPerSecond ?? 0,
    prefixCache: pulse?.prefixes ?? NO_PREFIXES,
    memory: { rssBytes: pulse?.rssBytes ?? null, budgetBytes: pulse?.memoryBudgetBytes ?? null },
    restarts,
    lastDeath: lastDeath && { reason: lastDeath.reason, at: new Date(lastDeath.at).toISOString() },
    processId: processId ?? null,
    tokens: { ...counts },
  };
}

function describeModel(model: SourceModel, engine: EngineClient): ModelStats {
  const state = engine.modelState(toEngineModel(model));
  const details = state?.kind === "loaded" ? state.details : null;
  return {
    name: model.name,
    version: model.version,
    adapter: model.adapter?.name ?? null,
    state: state?.kind ?? "idle",
    percent: state?.kind === "loading" ? state.percent : null,
    reason: state?.kind === "failed" ? state.reason : null,
    threads: details?.threads ?? null,
    contextLength: details?.contextLength ?? null,
    sequences: details?.sequences ?? null,
    weightBytes: details?.weightBytes ?? null,
    contextBytes: details?.contextBytes ?? null,
    loadMs: details?.loadMs ?? null,
  };
}
