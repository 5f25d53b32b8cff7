import os from "node:os";
import type { Llama, LlamaModel } from "node-llama-cpp";
import type { EngineModel, EngineSettings } from "../engine-messages.ts";
import {
  calibrateThreads,
  isMachineBusy,
  type StartProbe,
  type ThreadCalibration,
} from "./calibrate-threads.ts";
import { createThreadGovernor, type ThreadGovernor } from "./thread-governor.ts";

/** How many threads a model's decodes get. */
export interface ThreadControl {
  /** What contexts are made with: below it the runtime's own cap steers each decode. */
  readonly cap: number;
  /** The measured count. */
  readonly threads: number;
  /** Time of a decode of one token when the model was loaded; null where it was not measured on a quiet machine. */
  readonly msPerToken: number | null;
  readonly governor: ThreadGovernor;
  /**
   * Measures again when the first measurement was taken on a busy machine or decodes became many times slower since;
   * true when it did and nothing disturbed the measurement. Otherwise it stays due.
   */
  recalibrate(isUndisturbed: () => boolean): Promise<boolean>;
}

export interface ThreadControlOptions {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly spec: EngineModel;
  readonly settings: EngineSettings;
  readonly startProbe: StartProbe;
  readonly isBusy?: (() => boolean) | undefined;
}

type Calibration = Omit<ThreadCalibration, "msPerToken"> & { readonly msPerToken: number | null };

/** Measures, and leaves the runtime at the cap, which a context that is to be made needs: `governor.apply()` after it. */
export async function createThreadControl(options: ThreadControlOptions): Promise<ThreadControl> {
  const { llama, settings, isBusy = isMachineBusy } = options;
  const cap = settings.threads ?? os.availableParallelism();
  // A context cannot ask for more than the runtime's cap at its making.
  llama.maxThreads = cap;
  let calibration = await pickThreads({ ...options, isBusy: isBusy(), isAgain: false });
  llama.maxThreads = cap;
  const governor = createThreadGovernor({
    most: calibration.threads,
    setThreads: (threads) => {
      llama.maxThreads = threads;
    },
    now: () => performance.now(),
  });
  return {
    cap,
    governor,
    msPerToken: calibration.isCertain ? calibration.msPerToken : null,
    get threads() {
      return calibration.threads;
    },
    async recalibrate(isUndisturbed) {
      if ((calibration.isCertain && !governor.hasJumped) || isBusy()) return false;
      llama.maxThreads = cap;
      const measured = await pickThreads({ ...options, isBusy: false, isAgain: true, isUndisturbed });
      if (!measured.isCertain) {
        governor.apply();
        return false;
      }
      calibration = measured;
      governor.reset(calibration.threads);
      return true;
    },
  };
}

interface PickOptions extends Omit<ThreadControlOptions, "isBusy"> {
  readonly isAgain: boolean;
  readonly isBusy: boolean;
  readonly isUndisturbed?: () => boolean;
}

async function pickThreads(options: PickOptions): Promise<Calibration> {
  const { llama, model, spec, settings, startProbe, isAgain, isBusy, isUndisturbed } = options;
  if (settings.threads !== null) return { threads: settings.threads, msPerToken: null, isCertain: true };
  // On an accelerator the CPU only feeds it; measuring CPU threads would measure nothing.
  if (llama.gpu !== false && model.gpuLayers > 0) {
    const threads = Math.max(1, Math.min(4, llama.cpuMathCores - 1));
    return { threads, msPerToken: null, isCertain: true };
  }
  const purpose = spec.use === "text" ? "" : ` | ${spec.use}`;
  return calibrateThreads({
    model,
    version: `${spec.version} ${model.size}${purpose}`,
    file: settings.calibrationFile,
    startProbe,
    isAgain,
    isBusy,
    isUndisturbed,
  });
}
