import os from "node:os";
import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";
import type { EngineModel, EngineSettings, LoadedModelDetails } from "../engine-messages.ts";
import { calibrateThreads, isMachineBusy, type ThreadCalibration } from "./calibrate-threads.ts";
import { type ChatTemplate, createChatTemplate } from "./chat-template.ts";
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
  readonly template: ChatTemplate;
  readonly governor: ThreadGovernor;
  details(): LoadedModelDetails;
  /** Measures threads again when the first measurement was taken on a busy machine; true when something changed. */
  recalibrate(isUndisturbed: () => boolean): Promise<boolean>;
  dispose(): Promise<void>;
}

interface LoadOptions {
  readonly llama: Llama;
  readonly spec: EngineModel;
  readonly settings: EngineSettings;
  readonly onProgress: (percent: number) => void;
}

export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
  const { llama, spec } = options;
  const startedAt = performance.now();
  const model = await llama.loadModel({
    modelPath: spec.path,
    // Measuring threads and making the context follow.
    onLoadProgress: (share) => options.onProgress(Math.round(share * 90)),
  });
  try {
    return await prepareModel(model, options, startedAt);
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

async function prepareModel(
  model: LlamaModel,
  options: LoadOptions,
  startedAt: number,
): Promise<LoadedModel> {
  const { llama, spec, settings } = options;
  const cap = settings.threads ?? os.availableParallelism();
  // A context cannot ask for more than the runtime's cap at its making; below it the cap steers it at each decode.
  llama.maxThreads = cap;
  let calibration = await pickThreads(model, options);
  const context = await model.createContext({
    sequences: settings.sequences,
    contextSize: Math.min(
      spec.contextLength ?? model.trainContextSize,
      model.trainContextSize,
      settings.maxContextLength,
    ),
    batchSize: llama.gpu === false ? CPU_BATCH_TOKENS : GPU_BATCH_TOKENS,
    threads: cap,
    ...(spec.adapterPath !== null && { lora: spec.adapterPath }),
  });
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
    slots: createSequenceSlots(context),
    template: createModelTemplate(model),
    details: () => ({
      threads: calibration.threads,
      contextLength: context.contextSize,
      sequences: settings.sequences,
      loadMs,
    }),
    async recalibrate(isUndisturbed) {
      if (calibration.isCertain || isMachineBusy()) return false;
      llama.maxThreads = cap;
      const measured = await pickThreads(model, options);
      if (isUndisturbed()) calibration = measured;
      governor.reset(calibration.threads);
      return true;
    },
    dispose: () => model.dispose(),
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

async function pickThreads(
  model: LlamaModel,
  { llama, spec, settings }: LoadOptions,
): Promise<ThreadCalibration> {
  if (settings.threads !== null) return { threads: settings.threads, isCertain: true };
  // On an accelerator the CPU only feeds it; measuring CPU threads would measure nothing.
  if (llama.gpu !== false && model.gpuLayers > 0) {
    return { threads: Math.max(1, Math.min(4, llama.cpuMathCores - 1)), isCertain: true };
  }
  return calibrateThreads({ model, version: spec.version, file: settings.calibrationFile });
}
