import type { ProviderHealth } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import type { EmbeddingKinds } from "./embedding-kinds.ts";
import type { EngineClient } from "./engine-client.ts";
import type { EngineModel } from "./engine-messages.ts";
import { readModelStamp } from "./file-stamp.ts";
import { keyOf } from "./model-key.ts";
import { findModel, type ModelSource, type SourceModel } from "./model-source.ts";
import type { ModelState } from "./model-states.ts";

export interface ServedModels {
  /** The model for a call; throws ProviderError `model_not_found`. */
  pick(name: string): SourceModel;
  /** The same; undefined for a name that nobody knows. */
  find(name: string): SourceModel | undefined;
  /** Loads the default model ahead of the first call; called again when the engine or the source changes. */
  preload(): void;
  /** Loads a default model that failed again, when its files changed or some time has passed. */
  retryFailed(): void;
  onModelState(model: EngineModel, state: ModelState | null): void;
  health(): ProviderHealth;
}

/** A model that failed with the same files may do better now: memory comes back, a disk is mounted again. */
const RETRY_SAME_FILES_MS = 30_000;

/**
 * Which model answers to "default". A newly registered default takes over once it is loaded; until then, and when it
 * cannot be loaded, the one before it goes on.
 */
export function createServedModels(options: {
  readonly source: ModelSource;
  readonly kinds: Pick<EmbeddingKinds, "pickUse">;
  readonly engine: () => EngineClient;
  readonly now: () => number;
}): ServedModels {
  const { source, kinds, engine, now } = options;
  let active: SourceModel | null = null;
  /** The default that was loaded last, and in which of the engine's lives. */
  let lastLoaded: { readonly key: string; readonly restarts: number } | null = null;
  let retriedAt = now();

  const pickDefault = () => findModel(source.current(), "default");

  /** As what it is for: a model of embeddings is not loaded to write. */
  const toSpec = (model: SourceModel) => toEngineModel(model, kinds.pickUse(model));

  function stateOf(model: SourceModel | undefined | null): ModelState | null {
    return model ? engine().modelState(toSpec(model)) : null;
  }

  function activate(model: SourceModel): void {
    active = model;
    lastLoaded = { key: keyOf(toSpec(model)), restarts: engine().status.restarts };
  }

  /** The engine made room for other models; a new process starts with none, which is another thing. */
  function isPutAway(model: SourceModel): boolean {
    const isSameLife = lastLoaded?.restarts === engine().status.restarts;
    return isSameLife && lastLoaded?.key === keyOf(toSpec(model)) && stateOf(model) === null;
  }

  const find = (name: string) =>
    name === "default" && active !== null ? active : findModel(source.current(), name);

  return {
    find,
    pick(name) {
      const model = find(name);
      if (model !== undefined) return model;
      const message =
        name === "default"
          ? "No local model is registered."
          : "The model does not exist on the local engine.";
      throw new ProviderError(message, { kind: "model_not_found", code: "model_not_found", param: "model" });
    },
    preload() {
      const next = pickDefault();
      if (next === undefined) {
        active = null;
        return;
      }
      if (stateOf(next)?.kind === "loaded") activate(next);
      else engine().load(toSpec(next));
      // After a crash the old one must come back too, should the new one be the reason.
      if (active !== null && active.path !== next.path && stateOf(active) === null)
        engine().load(toSpec(active));
    },
    retryFailed() {
      const next = pickDefault();
      const state = stateOf(next);
      if (next === undefined || state?.kind !== "failed") return;
      const isChanged = state.stamp !== readModelStamp(toSpec(next));
      if (!isChanged && now() - retriedAt < RETRY_SAME_FILES_MS) return;
      retriedAt = now();
      engine().load(toSpec(next));
    },
    onModelState(model, state) {
      const next = pickDefault();
      const isNext = next !== undefined && keyOf(toSpec(next)) === keyOf(model);
      if (isNext && state?.kind === "loaded") activate(next);
    },
    health() {
      const next = pickDefault();
      const { trouble, startFailure, crashes, gpu } = engine().status;
      if (next === undefined) return { state: "failed", detail: "No model is registered." };
      if (startFailure !== null) {
        return { state: "failed", detail: `The local engine cannot start: ${startFailure}.` };
      }
      if (trouble !== null) {
        const detail = `The engine is being restarted: ${trouble}.`;
        return crashes < 3 ? { state: "degraded", detail } : { state: "failed", detail };
      }
      const state = stateOf(next);
      if (state?.kind === "loaded") {
        const { threads, contextLength, sequences } = state.details;
        return {
          state: "ready",
          detail: `${next.name} on ${gpu ?? "cpu"}: ${threads} threads, ${sequences} × ${contextLength} tokens.`,
        };
      }
      const hasOld = active !== null && active !== next && stateOf(active)?.kind === "loaded";
      if (state?.kind === "failed") {
        const detail = `${next.name} could not be loaded: ${state.reason}`;
        return hasOld
          ? { state: "degraded", detail: `${detail} ${active?.name} answers.` }
          : { state: "failed", detail };
      }
      if (hasOld) return { state: "ready", detail: `${active?.name} answers while ${next.name} is loading.` };
      if (isPutAway(next)) {
        return { state: "ready", detail: `${next.name} is put away; it is loaded again when asked for.` };
      }
      return { state: "loading", detail: `${next.name} is loading.`, percent: state?.percent ?? 0 };
    },
  };
}

export function toEngineModel(model: SourceModel, use: EngineModel["use"]): EngineModel {
  return {
    name: model.name,
    path: model.path,
    version: model.version,
    adapterPath: model.adapter?.path ?? null,
    contextLength: model.contextLength ?? null,
    use,
    pooling: model.embeddings?.pooling ?? null,
  };
}
