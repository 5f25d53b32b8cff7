import type { QueueCounts } from "./admission-queue.ts";
import type { EngineClient } from "./engine-client.ts";
import type { EngineModel, PrefixNumbers } from "./engine-messages.ts";
import type { QueueNumbers } from "./model-queues.ts";
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

/** The same over all vectors. */
export interface EmbeddingCounts {
  inputs: number;
  tokens: number;
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
  /** How the process ended, and what its native code said about it. */
  readonly lastDeath: { readonly reason: string; readonly why: string | null; readonly at: string } | null;
  readonly processId: number | null;
  readonly tokens: Readonly<TokenCounts>;
  readonly embeddings: Readonly<EmbeddingCounts> & Pick<EngineStats, "slots" | "queue">;
}

interface ModelStats {
  readonly name: string;
  readonly version: string;
  readonly adapter: string | null;
  /** What it is loaded for; both when it is used both ways. */
  readonly uses: readonly EngineModel["use"][];
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
  /** Entries of the table that guesses come from, where one lies beside the model. */
  readonly ngrams: number | null;
}

const NO_PREFIXES: PrefixNumbers = { entries: 0, bytes: 0, hits: 0, hitTokens: 0 };

export function collectEngineStats(parts: {
  readonly engine: EngineClient;
  readonly queues: Readonly<Record<EngineModel["use"], QueueNumbers>>;
  readonly source: ModelSource;
  readonly counts: TokenCounts;
  readonly embeddingCounts: EmbeddingCounts;
}): EngineStats {
  const { engine, queues, source, counts, embeddingCounts } = parts;
  const { gpu, restarts, lastDeath, pulse, processId } = engine.status;
  return {
    models: source.current().models.map((model) => describeModel(model, engine)),
    gpu,
    ...describeQueue(queues.text),
    msPerToken: pulse?.msPerToken ?? null,
    tokensPerSecond: pulse?.tokensPerSecond ?? 0,
    prefixCache: pulse?.prefixes ?? NO_PREFIXES,
    memory: { rssBytes: pulse?.rssBytes ?? null, budgetBytes: pulse?.memoryBudgetBytes ?? null },
    restarts,
    lastDeath: lastDeath && { ...lastDeath, at: new Date(lastDeath.at).toISOString() },
    processId: processId ?? null,
    tokens: { ...counts },
    embeddings: { ...embeddingCounts, ...describeQueue(queues.embeddings) },
  };
}

function describeQueue({ busy, length, slots, counts }: QueueNumbers): Pick<EngineStats, "slots" | "queue"> {
  return { slots: { busy, total: slots }, queue: { length, ...counts } };
}

const USES = ["text", "embeddings"] as const satisfies readonly EngineModel["use"][];

function describeModel(model: SourceModel, engine: EngineClient): ModelStats {
  const states = USES.flatMap((use) => {
    const state = engine.modelState(toEngineModel(model, use));
    return state === null ? [] : [{ use, state }];
  });
  // What is loaded for one use may not be good for the other.
  const { state } = states.find((found) => found.state.kind === "loaded") ?? states[0] ?? {};
  const details = state?.kind === "loaded" ? state.details : null;
  return {
    name: model.name,
    version: model.version,
    adapter: model.adapter?.name ?? null,
    uses: states.flatMap(({ use, state: { kind } }) => (kind === "loaded" ? [use] : [])),
    state: state?.kind ?? "idle",
    percent: state?.kind === "loading" ? state.percent : null,
    reason: state?.kind === "failed" ? state.reason : null,
    threads: details?.threads ?? null,
    contextLength: details?.contextLength ?? null,
    sequences: details?.sequences ?? null,
    weightBytes: details?.weightBytes ?? null,
    contextBytes: details?.contextBytes ?? null,
    loadMs: details?.loadMs ?? null,
    ngrams: details?.ngrams ?? null,
  };
}
