import type { AdmissionQueue } from "./admission-queue.ts";
import type { EngineClient } from "./engine-client.ts";
import type { EngineSettings } from "./engine-messages.ts";
import type { ModelSource } from "./model-source.ts";
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
  readonly models: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: "idle" | "loading" | "loaded" | "failed";
    readonly threads: number | null;
    readonly contextLength: number | null;
  }[];
  readonly gpu: string | null;
  readonly slots: { readonly busy: number; readonly total: number };
  readonly queueLength: number;
  /** Running mean over decodes; null before the first one. */
  readonly msPerToken: number | null;
  readonly tokensPerSecond: number | null;
  readonly restarts: number;
  readonly processId: number | null;
  readonly tokens: Readonly<TokenCounts>;
}

export function collectEngineStats(parts: {
  readonly engine: EngineClient;
  readonly queue: AdmissionQueue;
  readonly source: ModelSource;
  readonly settings: EngineSettings;
  readonly counts: TokenCounts;
}): EngineStats {
  const { engine, queue, source, settings, counts } = parts;
  const { gpu, restarts, msPerToken, processId } = engine.status;
  return {
    models: source.current().models.map((model) => {
      const state = engine.modelState(toEngineModel(model));
      const details = state?.kind === "loaded" ? state.details : null;
      return {
        name: model.name,
        version: model.version,
        state: state?.kind ?? "idle",
        threads: details?.threads ?? null,
        contextLength: details?.contextLength ?? null,
      };
    }),
    gpu,
    slots: { busy: queue.busy, total: settings.sequences },
    queueLength: queue.length,
    msPerToken,
    tokensPerSecond: msPerToken === null || msPerToken === 0 ? null : 1000 / msPerToken,
    restarts,
    processId: processId ?? null,
    tokens: { ...counts },
  };
}
