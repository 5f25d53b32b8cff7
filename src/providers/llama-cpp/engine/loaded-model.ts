import os from "node:os";
import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";
import type { EngineModel, EngineSettings, LoadedModelDetails } from "../engine-messages.ts";
import { calibrateThreads } from "./calibrate-threads.ts";
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
  readonly details: LoadedModelDetails;
  readonly governor: ThreadGovernor;
  dispose(): Promise<void>;
}

export async function loadModel(options: {
  readonly llama: Llama;
  readonly spec: EngineModel;
  readonly settings: EngineSettings;
  readonly onProgress: (percent: number) => void;
}): Promise<LoadedModel> {
  const { llama, spec, settings } = options;
  const startedAt = performance.now();
  const model = await llama.loadModel({
    modelPath: spec.path,
    // Measuring threads and making the context follow.
    onLoadProgress: (share) => options.onProgress(Math.round(share * 90)),
  });
  try {
    const threads = settings.threads ?? (await pickThreads(llama, model, options));
    const context = await model.createContext({
      sequences: settings.sequences,
      contextSize: Math.min(
        spec.contextLength ?? model.trainContextSize,
        model.trainContextSize,
        settings.maxContextLength,
      ),
      batchSize: llama.gpu === false ? CPU_BATCH_TOKENS : GPU_BATCH_TOKENS,
      threads,
      ...(spec.adapterPath !== null && { lora: spec.adapterPath }),
    });
    const source: unknown = model.fileInfo.metadata.tokenizer.chat_template;
    return {
      spec,
      model,
      context,
      slots: createSequenceSlots(context),
      template: createChatTemplate({
        source: typeof source === "string" ? source : undefined,
        bosText: model.tokens.bosString ?? "",
        eosText: model.tokens.eosString ?? "",
      }),
      governor: createThreadGovernor({
        most: threads,
        // The runtime's cap, since a context's own count is fixed.
        setThreads: (count) => {
          llama.maxThreads = count === threads ? (settings.threads ?? os.availableParallelism()) : count;
        },
        now: () => performance.now(),
      }),
      details: {
        threads,
        contextLength: context.contextSize,
        sequences: settings.sequences,
        loadMs: Math.round(performance.now() - startedAt),
      },
      dispose: () => model.dispose(),
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

async function pickThreads(
  llama: Llama,
  model: LlamaModel,
  options: { readonly spec: EngineModel; readonly settings: EngineSettings },
): Promise<number> {
  // On an accelerator the CPU only feeds it; measuring CPU threads would measure nothing.
  if (llama.gpu !== false && model.gpuLayers > 0) return Math.max(1, Math.min(4, llama.cpuMathCores - 1));
  return calibrateThreads({ model, version: options.spec.version, file: options.settings.calibrationFile });
}
