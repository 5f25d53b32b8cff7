import type { Llama } from "node-llama-cpp";
import type { EngineModel, EngineSettings, FromEngine } from "../engine-messages.ts";
import { EngineError } from "./engine-error.ts";
import { type LoadedModel, loadModel } from "./loaded-model.ts";

export interface ModelShelf {
  /** The loaded model, kept loaded until `release`. Loads it when needed, in turn with other loads. */
  borrow(spec: EngineModel): Promise<{ readonly loaded: LoadedModel; release(): void }>;
  /** Uses a quiet moment to measure threads again where the first measurement was not certain. */
  recalibrate(isUndisturbed: () => boolean): Promise<void>;
}

interface Place {
  readonly spec: EngineModel;
  readonly loading: Promise<LoadedModel>;
  borrowers: number;
  lastUsedAt: number;
}

/** Keeps the models used last; one that is answering is never put away. */
export function createModelShelf(options: {
  readonly llama: Llama;
  readonly settings: EngineSettings;
  readonly send: (message: FromEngine) => void;
}): ModelShelf {
  const { llama, settings, send } = options;
  const places = new Map<string, Place>();
  let lastLoad: Promise<unknown> = Promise.resolve();
  let clock = 0;

  function startLoading(spec: EngineModel): Place {
    const onProgress = (percent: number) => send({ type: "loading", model: spec, percent });
    const loading = lastLoad.then(async () => {
      await makeRoom();
      onProgress(0);
      return await loadModel({ llama, spec, settings, onProgress });
    });
    lastLoad = loading.catch(() => {});
    const place: Place = { spec, loading, borrowers: 0, lastUsedAt: clock++ };
    places.set(keyOf(spec), place);
    loading.then(
      (loaded) => send({ type: "loaded", model: spec, details: loaded.details() }),
      (error: unknown) => {
        places.delete(keyOf(spec));
        send({ type: "load-failed", model: spec, reason: describeLoadError(error) });
      },
    );
    return place;
  }

  async function makeRoom(): Promise<void> {
    const idle = [...places].filter(([, place]) => place.borrowers === 0);
    idle.sort(([, left], [, right]) => left.lastUsedAt - right.lastUsedAt);
    // The place that is being filled is counted already.
    for (const [key, place] of idle.slice(0, Math.max(0, places.size - settings.maxLoadedModels))) {
      places.delete(key);
      const loaded = await place.loading.catch(() => undefined);
      await loaded?.dispose();
      send({ type: "unloaded", model: place.spec });
    }
  }

  return {
    async recalibrate(isUndisturbed) {
      for (const { loading, spec } of [...places.values()]) {
        const loaded = await loading.catch(() => undefined);
        if (loaded === undefined || !isUndisturbed()) continue;
        const hasChanged = await loaded.recalibrate(isUndisturbed);
        if (hasChanged) send({ type: "loaded", model: spec, details: loaded.details() });
      }
    },
    async borrow(spec) {
      const place = places.get(keyOf(spec)) ?? startLoading(spec);
      place.borrowers++;
      place.lastUsedAt = clock++;
      try {
        const loaded = await place.loading;
        return {
          loaded,
          release() {
            place.borrowers--;
          },
        };
      } catch (error) {
        place.borrowers--;
        const reason = describeLoadError(error);
        throw new EngineError({
          kind: "unavailable",
          message: `Model ${spec.name} could not be loaded: ${reason}`,
        });
      }
    },
  };
}

function keyOf(spec: EngineModel): string {
  return JSON.stringify([spec.path, spec.version, spec.adapterPath]);
}

/** One line for people, without the path: it may show up in answers. */
function describeLoadError(error: unknown): string {
  const message = error instanceof Error ? error.message : "unknown reason";
  if (/ENOENT|no such file/i.test(message)) return "the model file is missing.";
  if (/magic|gguf|invalid/i.test(message)) return "the file is not a readable GGUF.";
  if (/insufficient|memory|vram/i.test(message)) return "not enough memory.";
  return "the engine refused the file.";
}
