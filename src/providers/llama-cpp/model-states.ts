import type { EngineModel, FromEngine, LoadedModelDetails } from "./engine-messages.ts";
import { readModelStamp } from "./file-stamp.ts";
import { createLoadBlame } from "./load-blame.ts";
import { keyOf } from "./model-key.ts";

export type ModelState =
  | { readonly kind: "loading"; readonly percent: number }
  | { readonly kind: "loaded"; readonly details: LoadedModelDetails }
  /** `stamp` tells whether the model's files have changed since. */
  | { readonly kind: "failed"; readonly reason: string; readonly stamp: string };

type ModelMessage = Extract<FromEngine, { readonly model: EngineModel }>;

/** What the gateway knows of the engine's models. */
export interface ModelStates {
  /** Null for a model that was not asked for yet, or was put away. */
  get(model: EngineModel): ModelState | null;
  receive(message: ModelMessage): void;
  /** The engine died: what was loaded is gone, what was being loaded may be the reason. */
  blameLoading(how: string): void;
  /** Marks a model that keeps ending the engine as failed; false when it may be loaded. */
  refuseBlamed(model: EngineModel): boolean;
  readonly isLoading: boolean;
}

export function createModelStates(
  onChange: (model: EngineModel, state: ModelState | null) => void,
): ModelStates {
  const models = new Map<string, { readonly model: EngineModel; readonly state: ModelState }>();
  const blame = createLoadBlame();

  function set(model: EngineModel, state: ModelState | null): void {
    if (state === null) models.delete(keyOf(model));
    else models.set(keyOf(model), { model, state });
    onChange(model, state);
  }

  function fail(model: EngineModel, reason: string): void {
    set(model, { kind: "failed", reason, stamp: readModelStamp(model) });
  }

  function refuseBlamed(model: EngineModel): boolean {
    const reason = blame.reasonAgainst(model);
    if (reason === null) return false;
    fail(model, reason);
    return true;
  }

  return {
    get: (model) => models.get(keyOf(model))?.state ?? null,
    refuseBlamed,
    receive(message) {
      switch (message.type) {
        case "loading":
          set(message.model, { kind: "loading", percent: message.percent });
          break;
        case "loaded":
          blame.forgive(message.model);
          set(message.model, { kind: "loaded", details: message.details });
          break;
        case "load-failed":
          fail(message.model, message.reason);
          break;
        case "unloaded":
          set(message.model, null);
          break;
        default:
          message satisfies never;
      }
    },
    blameLoading(how) {
      const known = [...models.values()];
      models.clear();
      for (const { model, state } of known) {
        if (state.kind === "loading") blame.record(model, how);
        if (state.kind === "failed") models.set(keyOf(model), { model, state });
        refuseBlamed(model);
      }
    },
    get isLoading() {
      return [...models.values()].some(({ state }) => state.kind === "loading");
    },
  };
}
