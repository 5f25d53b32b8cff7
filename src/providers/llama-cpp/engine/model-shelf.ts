import { setImmediate } from "node:timers/promises";
import type { Llama } from "node-llama-cpp";
import type { EngineModel, EngineSettings, FromEngine } from "../engine-messages.ts";
import { readFileStamp, readModelStamp } from "../file-stamp.ts";
import { keyOf } from "../model-key.ts";
import { createBaseModels, identifyBase } from "./base-models.ts";
import { describeLoadError } from "./describe-load-error.ts";
import { EngineError } from "./engine-error.ts";
import { type LoadedEmbedder, loadEmbedder } from "./loaded-embedder.ts";
import { type LoadedModel, loadModel } from "./loaded-model.ts";
import {
  type Borrower,
  measureBytes,
  type Place as PlaceOf,
  pickVictim,
  preemptShadows,
} from "./model-places.ts";
import { nameNgramFile, readNgramTable } from "./ngram-table.ts";
import { planLoad } from "./plan-load.ts";
import type { PrefixShelf } from "./prefix-store.ts";
import { untilAborted } from "./until-aborted.ts";
import { pickWeights } from "./weight-form.ts";

/** A model, loaded for what its spec says that it is used for. */
export type Loaded = LoadedModel | LoadedEmbedder;

export interface ModelShelf {
  /**
   * The loaded model, kept loaded until `release`. Loads it when needed, in turn with other loads. Rejects with the
   * signal's reason; the load goes on. A shadow's load is refused as `overloaded` where primaries need the room.
   */
  borrow(spec: EngineModel, borrower: Borrower): Promise<{ readonly loaded: Loaded; release(): void }>;
  /** Uses a quiet moment to measure threads again where the last measurement is in doubt. */
  recalibrate(isUndisturbed: () => boolean): Promise<void>;
}

type Place = PlaceOf<Loaded>;

interface Failure {
  readonly reason: string;
  readonly files: string;
  readonly until: number;
}

export interface ModelShelfOptions {
  readonly llama: Llama;
  readonly settings: EngineSettings;
  readonly budgetBytes: number;
  /** Most sequences of one model where nobody asked for a number. */
  readonly mostSequences: number;
  readonly prefixes: PrefixShelf;
  /** What the engine's own log said since the last call. */
  readonly takeLog: () => string;
  readonly send: (message: FromEngine) => void;
  readonly now: () => number;
}

/** A file that failed is looked at again after this time, or at once when it changed. */
const RETRY_FAILED_MS = 10_000;

/**
 * Keeps the models used last within a number and a memory budget. One that is answering is never put away: a load that
 * needs its room waits until its answers are done, and calls for it after that wait for its return. A primary's load ends
 * shadows' answers for that, and a shadow's load leaves alone what primaries use.
 */
export function createModelShelf(options: ModelShelfOptions): ModelShelf {
  const { llama, settings, budgetBytes, send, now } = options;
  const places = new Map<string, Place>();
  const failures = new Map<string, Failure>();
  const bases = createBaseModels(llama);
  const files = new Map<string, string>();
  let lastLoad: Promise<unknown> = Promise.resolve();
  let clock = 0;
  /** Waited for until its last borrower has left. */
  let leaving: Place | null = null;

  function startLoading(spec: EngineModel): Place {
    const loading = lastLoad.then(() => load(place)).catch((error: unknown) => fail(place, error));
    lastLoad = loading.catch(() => {});
    const place: Place = {
      spec,
      loading,
      borrowers: new Set(),
      isLoaded: false,
      servesPrimaries: false,
      lastUsedAt: clock++,
      cost: null,
      onIdle: null,
    };
    places.set(keyOf(spec), place);
    return place;
  }

  /** The same file each time while this process lives and it is there: adapters share the weights that are loaded. */
  async function pickFile(model: EngineModel): Promise<string> {
    const identity = readFileStamp(model.path) ?? model.path;
    const known = files.get(identity);
    if (known !== undefined && readFileStamp(known) !== null) return known;
    const file = await pickWeights({ ...options, spec: model });
    files.set(identity, file);
    return file;
  }

  async function load(place: Place): Promise<Loaded> {
    const { spec: model } = place;
    send({ type: "loading", model, percent: 0 });
    const spec = { ...model, path: await pickFile(model) };
    const plan = planLoad({ ...options, spec });
    const { weightBytes, context } = plan;
    place.cost = { base: identifyBase(spec), weightBytes, contextBytes: context.bytes };
    await makeRoom(place);
    options.takeLog();
    const onProgress = (percent: number) => send({ type: "loading", model, percent });
    const parts = { llama, bases, spec, settings, plan, onProgress };
    const loaded =
      spec.use === "embeddings"
        ? await loadEmbedder(parts)
        : await loadModel({
            ...parts,
            prefixes: options.prefixes.open(),
            ngrams: readNgramTable(nameNgramFile(model), plan.vocabularySize),
          });
    place.isLoaded = true;
    send({ type: "loaded", model, details: loaded.details() });
    return loaded;
  }

  async function fail(place: Place, error: unknown): Promise<never> {
    const { spec } = place;
    // It was refused for the sake of primaries; nothing is wrong with the model.
    if (places.get(keyOf(spec)) !== place) throw error;
    places.delete(keyOf(spec));
    // What the native side wrote arrives with the event loop's next turn.
    await setImmediate();
    const reason = describeLoadError(error, options.takeLog());
    failures.set(keyOf(spec), { reason, files: readModelStamp(spec), until: now() + RETRY_FAILED_MS });
    send({ type: "load-failed", model: spec, reason });
    throw createLoadError(spec, reason, RETRY_FAILED_MS);
  }

  const fits = (loaded: readonly Place[]) =>
    loaded.length <= settings.maxLoadedModels && measureBytes(loaded) <= budgetBytes;

  async function makeRoom(place: Place): Promise<void> {
    for (;;) {
      const loaded = [...places.values()].filter(({ cost }) => cost !== null);
      if (!place.servesPrimaries && mustGiveWay(place, loaded)) throw refuse(place);
      if (fits(loaded)) return;
      const victim = pickVictim(loaded.filter((other) => other !== place));
      if (victim === undefined) return;
      places.delete(keyOf(victim.spec));
      await putAway(victim, place);
    }
  }

  /** Whether a primary waits for its own model, or primaries' models leave a shadow's no room. */
  function mustGiveWay(place: Place, loaded: readonly Place[]): boolean {
    const hasWaiting = [...places.values()].some((other) => other.servesPrimaries && !other.isLoaded);
    const kept = loaded.filter((other) => other.servesPrimaries);
    return hasWaiting || (kept.length > 0 && !fits([...kept, place]));
  }

  /** At once, so that no primary comes to wait for it. */
  function refuse({ spec }: Place): EngineError {
    places.delete(keyOf(spec));
    send({ type: "unloaded", model: spec });
    return createRoomError(spec);
  }

  async function putAway(victim: Place, successor: Place): Promise<void> {
    const loaded = await victim.loading.catch(() => undefined);
    if (victim.borrowers.size > 0) {
      leaving = victim;
      if (successor.servesPrimaries) preemptShadows(victim);
      await new Promise<void>((resolve) => {
        victim.onIdle = resolve;
      });
      leaving = null;
    }
    await loaded?.dispose();
    send({ type: "unloaded", model: victim.spec });
  }

  function retryFailed(spec: EngineModel): void {
    const failure = failures.get(keyOf(spec));
    if (failure === undefined) return;
    const retryAfterMs = failure.until - now();
    if (retryAfterMs > 0 && failure.files === readModelStamp(spec)) {
      throw createLoadError(spec, failure.reason, retryAfterMs);
    }
    failures.delete(keyOf(spec));
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
    async borrow(spec, borrower) {
      retryFailed(spec);
      const place = places.get(keyOf(spec)) ?? startLoading(spec);
      const { borrowers } = place;
      borrowers.add(borrower);
      place.lastUsedAt = clock++;
      if (borrower.priority === "primary") {
        place.servesPrimaries = true;
        if (!place.isLoaded && leaving !== null) preemptShadows(leaving);
      }
      const release = () => {
        borrowers.delete(borrower);
        if (borrowers.size === 0) place.onIdle?.();
      };
      try {
        return { loaded: await untilAborted(place.loading, borrower.signal), release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

function createLoadError(spec: EngineModel, reason: string, retryAfterMs: number): EngineError {
  const message = `Model ${spec.name} could not be loaded: ${reason}`;
  return new EngineError({ kind: "unavailable", code: "model_not_loaded", message, retryAfterMs });
}

function createRoomError({ name }: EngineModel): EngineError {
  const message =
    `Model ${name} was not loaded for a shadow call: the models that clients use leave no room for it. ` +
    "Raise maxLoadedModels or memoryBudgetBytes.";
  return new EngineError({
    kind: "overloaded",
    code: "engine_overloaded",
    message,
    retryAfterMs: RETRY_FAILED_MS,
  });
}
