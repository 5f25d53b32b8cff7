import os from "node:os";
import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";
import type { EngineModel, EngineSettings, LoadedModelDetails } from "../engine-messages.ts";
import type { BaseModel, BaseModels } from "./base-models.ts";
import { createBatchOrder } from "./batch-order.ts";
import { calibrateThreads, isMachineBusy, type ThreadCalibration } from "./calibrate-threads.ts";
import { type ChatTemplate, createChatTemplate } from "./chat-template.ts";
import type { ContextPlan } from "./context-plan.ts";
import { sortQueue } from "./native-parts.ts";
import type { PrefixStore } from "./prefix-store.ts";
import { createSampleAhead, type SampleAhead } from "./sample-ahead.ts";
import { createSequenceSlots, type SequenceSlots } from "./sequence-slots.ts";
import { createThreadGovernor, type ThreadGovernor } from "./thread-governor.ts";

/** Small batches on the CPU: a long prompt then stalls the other sequences for half a second, not for many. */
const CPU_BATCH_TOKENS = 64;
const GPU_BATCH_TOKENS = 512;

export interface LoadedModel {
  readonly spec: EngineModel;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly slots: SequenceSlots;
  readonly samplesAhead: SampleAhead;
  readonly prefixes: PrefixStore;
  readonly template: ChatTemplate;
  /** Characters of the vocabulary's longest token. */
  readonly longestToken: number;
  readonly governor: ThreadGovernor;
  details(): LoadedModelDetails;
  /**
   * Measures threads again when the first measurement was taken on a busy machine or decodes became many times slower
   * since; true when it did.
   */
  recalibrate(isUndisturbed: () => boolean): Promise<boolean>;
  dispose(): Promise<void>;
}

interface LoadOptions {
  readonly llama: Llama;
  readonly bases: BaseModels;
  readonly spec: EngineModel;
  readonly settings: EngineSettings;
  readonly plan: ContextPlan;
  readonly weightBytes: number;
  readonly prefixes: PrefixStore;
  readonly onProgress: (percent: number) => void;
  readonly isBusy?: () => boolean;
}

export function pickBatchTokens(llama: Llama): number {
  return llama.gpu === false ? CPU_BATCH_TOKENS : GPU_BATCH_TOKENS;
}

export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
  const { bases, spec, plan } = options;
  const startedAt = performance.now();
  const base = await bases.use({
    path: spec.path,
    contextTokens: plan.contextLength * plan.sequences,
    // Measuring threads and making the context follow.
    onProgress: (share) => options.onProgress(Math.round(share * 90)),
  });
  try {
    return await prepareModel(base, options, startedAt);
  } catch (error) {
    await base.release();
    throw error;
  }
}

async function prepareModel(base: BaseModel, options: LoadOptions, startedAt: number): Promise<LoadedModel> {
  const { llama, spec, settings, plan, prefixes, isBusy = isMachineBusy } = options;
  const { model } = base;
  const cap = settings.threads ?? os.availableParallelism();
  // A context cannot ask for more than the runtime's cap at its making; below it the cap steers it at each decode.
  llama.maxThreads = cap;
  let calibration = await pickThreads(model, { ...options, isBusy: isBusy(), isAgain: false });
  llama.maxThreads = cap;
  const parts: { context: LlamaContext | null; slots: SequenceSlots | null } = { context: null, slots: null };
  const context = await model.createContext({
    sequences: plan.sequences,
    contextSize: plan.contextLength,
    batchSize: pickBatchTokens(llama),
    threads: cap,
    batching: {
      itemPrioritizationStrategy: createBatchOrder(() => parts.slots?.hasPrimary === true),
      // The library's own way is to wait a turn of the event loop for sequences that nobody uses.
      dispatchSchedule: (dispatch) => {
        const { context, slots } = parts;
        if (context !== null && slots !== null && sortQueue(context) >= slots.busy) dispatch();
        else setImmediate(dispatch);
      },
    },
    ...(spec.adapterPath !== null && { lora: spec.adapterPath }),
  });
  const slots = createSequenceSlots(context);
  Object.assign(parts, { context, slots });
  const governor = createThreadGovernor({
    most: calibration.threads,
    setThreads: (threads) => {
      llama.maxThreads = threads;
    },
    now: () => performance.now(),
  });
  llama.maxThreads = calibration.threads;
  const loadMs = Math.round(performance.now() - startedAt);
  return {
    spec,
    model,
    context,
    governor,
    slots,
    samplesAhead: createSampleAhead(context),
    prefixes,
    template: createModelTemplate(model),
    longestToken: measureLongestToken(model),
    details: () => ({
      threads: calibration.threads,
      contextLength: context.contextSize,
      sequences: plan.sequences,
      loadMs,
      weightBytes: options.weightBytes,
      contextBytes: plan.bytes,
    }),
    async recalibrate(isUndisturbed) {
      if ((calibration.isCertain && !governor.hasJumped) || isBusy()) return false;
      llama.maxThreads = cap;
      const measured = await pickThreads(model, { ...options, isBusy: false, isAgain: true });
      if (isUndisturbed()) calibration = measured;
      governor.reset(calibration.threads);
      return true;
    },
    async dispose() {
      await context.dispose();
      await prefixes.clear();
      await base.release();
    },
  };
}

function createModelTemplate(model: LlamaModel): ChatTemplate {
  const source: unknown = model.fileInfo.metadata.tokenizer.chat_template;
  return createChatTemplate({
    source: typeof source === "string" ? source : undefined,
    bosText: model.tokens.bosString ?? "",
    eosText: model.tokens.eosString ?? "",
  });
}

function measureLongestToken(model: LlamaModel): number {
  let longest = 1;
  for (const token of model.iterateAllTokens()) {
    longest = Math.max(longest, model.detokenize([token], true).length);
  }
  return longest;
}

async function pickThreads(
  model: LlamaModel,
  options: Omit<LoadOptions, "isBusy"> & { readonly isAgain: boolean; readonly isBusy: boolean },
): Promise<ThreadCalibration> {
  const { llama, spec, settings, isAgain, isBusy } = options;
  if (settings.threads !== null) return { threads: settings.threads, isCertain: true };
  // On an accelerator the CPU only feeds it; measuring CPU threads would measure nothing.
  if (llama.gpu !== false && model.gpuLayers > 0) {
    return { threads: Math.max(1, Math.min(4, llama.cpuMathCores - 1)), isCertain: true };
  }
  return calibrateThreads({ model, version: spec.version, file: settings.calibrationFile, isAgain, isBusy });
}
