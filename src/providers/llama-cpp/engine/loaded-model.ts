import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";
import type { EngineModel, EngineSettings, LoadedModelDetails } from "../engine-messages.ts";
import type { BaseModel, BaseModels } from "./base-models.ts";
import { createBatchOrder } from "./batch-order.ts";
import { startTextProbe } from "./calibrate-threads.ts";
import { type ChatTemplate, createChatTemplate } from "./chat-template.ts";
import { sortQueue } from "./native-parts.ts";
import type { LoadPlan } from "./plan-load.ts";
import type { PrefixStore } from "./prefix-store.ts";
import { createSampleAhead, type SampleAhead } from "./sample-ahead.ts";
import { createSequenceSlots, type SequenceSlots } from "./sequence-slots.ts";
import { createThreadControl } from "./thread-control.ts";
import type { ThreadGovernor } from "./thread-governor.ts";

/** A model that writes. */
export interface LoadedModel {
  readonly use: "text";
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

export interface LoadOptions {
  readonly llama: Llama;
  readonly bases: BaseModels;
  readonly spec: EngineModel;
  readonly settings: EngineSettings;
  readonly plan: LoadPlan;
  readonly prefixes: PrefixStore;
  readonly onProgress: (percent: number) => void;
  readonly isBusy?: () => boolean;
}

export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
  const { bases, plan } = options;
  const { contextLength, sequences } = plan.context;
  const startedAt = performance.now();
  const base = await bases.use({
    file: plan.file,
    contextTokens: contextLength * sequences,
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
  const { llama, spec, settings, plan, prefixes, isBusy } = options;
  const { model } = base;
  const { contextLength, sequences, batchTokens, bytes } = plan.context;
  const startProbe = startTextProbe;
  const threads = await createThreadControl({ llama, model, spec, settings, startProbe, isBusy });
  const parts: { context: LlamaContext | null; slots: SequenceSlots | null } = { context: null, slots: null };
  const context = await model.createContext({
    sequences,
    contextSize: contextLength,
    batchSize: batchTokens,
    threads: threads.cap,
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
  threads.governor.apply();
  const loadMs = Math.round(performance.now() - startedAt);
  return {
    use: "text",
    spec,
    model,
    context,
    governor: threads.governor,
    slots,
    samplesAhead: createSampleAhead(context),
    prefixes,
    template: createModelTemplate(model),
    longestToken: measureLongestToken(model),
    details: () => ({
      threads: threads.threads,
      contextLength: context.contextSize,
      sequences,
      loadMs,
      weightBytes: plan.weightBytes,
      contextBytes: bytes,
    }),
    recalibrate: threads.recalibrate,
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

/** Characters of the vocabulary's longest token. */
export function measureLongestToken(model: LlamaModel): number {
  let longest = 1;
  for (const token of model.iterateAllTokens()) {
    longest = Math.max(longest, model.detokenize([token], true).length);
  }
  return longest;
}
