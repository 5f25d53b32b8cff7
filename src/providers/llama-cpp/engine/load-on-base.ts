import type { Llama, LlamaModel } from "node-llama-cpp";
import type { EngineModel, EngineSettings, LoadedModelDetails } from "../engine-messages.ts";
import type { BaseModel, BaseModels } from "./base-models.ts";
import type { StartProbe } from "./calibrate-threads.ts";
import type { LoadPlan } from "./plan-load.ts";
import { createThreadControl, type ThreadControl } from "./thread-control.ts";
import type { ThreadGovernor } from "./thread-governor.ts";

/** What a loaded model has, whatever it is used for. */
export interface LoadedOnBase {
  readonly spec: EngineModel;
  readonly governor: ThreadGovernor;
  details(): LoadedModelDetails;
  /**
   * Measures threads again when the first measurement was taken on a busy machine or decodes became many times slower
   * since; true when it did.
   */
  recalibrate(isUndisturbed: () => boolean): Promise<boolean>;
  dispose(): Promise<void>;
}

export interface LoadOptions {
  readonly llama: Llama;
  readonly bases: BaseModels;
  readonly spec: EngineModel;
  readonly settings: EngineSettings;
  readonly plan: LoadPlan;
  readonly onProgress: (percent: number) => void;
  readonly isBusy?: () => boolean;
}

interface Context {
  dispose(): Promise<void>;
}

interface Making<OwnContext, Loaded> {
  readonly startProbe: StartProbe;
  readonly createContext: (model: LlamaModel, control: ThreadControl) => Promise<OwnContext>;
  /** Tokens that a sequence really holds; the planned number when left out. */
  readonly readContextLength?: (context: OwnContext) => number;
  readonly complete: (parts: OnBase<OwnContext>) => Loaded;
  /** Puts away what was made beside the context, after it. */
  readonly clear?: () => Promise<void>;
}

interface OnBase<OwnContext> {
  readonly model: LlamaModel;
  readonly context: OwnContext;
  readonly common: LoadedOnBase;
}

/**
 * Loads the weights, or shares them, measures threads and makes the context and all else; frees the weights when that
 * fails.
 */
export async function loadOnBase<OwnContext extends Context, Loaded>(
  options: LoadOptions & Making<OwnContext, Loaded>,
): Promise<Loaded> {
  const { contextLength, sequences } = options.plan.context;
  const startedAt = performance.now();
  const base = await options.bases.use({
    file: options.plan.file,
    contextTokens: contextLength * sequences,
    // Measuring threads and making the context follow.
    onProgress: (share) => options.onProgress(Math.round(share * 90)),
  });
  try {
    return await prepare(base, options, startedAt);
  } catch (error) {
    await base.release();
    throw error;
  }
}

async function prepare<OwnContext extends Context, Loaded>(
  base: BaseModel,
  options: LoadOptions & Making<OwnContext, Loaded>,
  startedAt: number,
): Promise<Loaded> {
  const { llama, spec, settings, plan, startProbe, isBusy } = options;
  const { model } = base;
  const control = await createThreadControl({ llama, model, spec, settings, startProbe, isBusy });
  const context = await options.createContext(model, control);
  control.governor.apply();
  const loadMs = Math.round(performance.now() - startedAt);
  const { contextLength, sequences, bytes: contextBytes } = plan.context;
  const { weightBytes } = plan;
  const common: LoadedOnBase = {
    spec,
    governor: control.governor,
    details: () => ({
      threads: control.threads,
      contextLength: options.readContextLength?.(context) ?? contextLength,
      sequences,
      loadMs,
      weightBytes,
      contextBytes,
      ngrams: null,
    }),
    recalibrate: control.recalibrate,
    async dispose() {
      await context.dispose();
      await options.clear?.();
      await base.release();
    },
  };
  return options.complete({ model, context, common });
}
