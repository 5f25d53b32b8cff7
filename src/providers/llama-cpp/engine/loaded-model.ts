import type { LlamaContext, LlamaModel } from "node-llama-cpp";
import { createBatchOrder } from "./batch-order.ts";
import { startTextProbe } from "./calibrate-threads.ts";
import { type ChatTemplate, createChatTemplate } from "./chat-template.ts";
import { createDecodeClock, type DecodeClock } from "./decode-clock.ts";
import { dropAbandoned } from "./drop-abandoned.ts";
import { createGuessPrice, type GuessPrice } from "./guess-price.ts";
import { type LoadedOnBase, type LoadOptions, loadOnBase } from "./load-on-base.ts";
import { sortQueue } from "./native-parts.ts";
import type { NgramTable } from "./ngram-table.ts";
import { pickBatchTokens } from "./pick-batch-tokens.ts";
import type { PrefixStore } from "./prefix-store.ts";
import { createSampleAhead, type SampleAhead } from "./sample-ahead.ts";
import { createSequenceSlots, type SequenceSlots } from "./sequence-slots.ts";
import type { ThreadControl } from "./thread-control.ts";

/** A model that writes. */
export interface LoadedModel extends LoadedOnBase {
  readonly use: "text";
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly slots: SequenceSlots;
  readonly samplesAhead: SampleAhead;
  readonly clock: DecodeClock;
  readonly guessPrice: GuessPrice;
  /** Null where none lies beside the model. */
  readonly ngrams: NgramTable | null;
  readonly prefixes: PrefixStore;
  readonly template: ChatTemplate;
  /** In characters (`measureLongestToken`): bounds a prompt's length before it is tokenised. */
  readonly longestToken: number;
}

export interface TextLoadOptions extends LoadOptions {
  readonly ngrams: NgramTable | null;
  readonly prefixes: PrefixStore;
  readonly now?: () => number;
}

export async function loadModel(options: TextLoadOptions): Promise<LoadedModel> {
  const { prefixes, ngrams, now = () => performance.now() } = options;
  const parts: { context: LlamaContext | null; slots: SequenceSlots | null } = { context: null, slots: null };
  return await loadOnBase({
    ...options,
    startProbe: startTextProbe,
    createContext: (model, control) => createContext({ ...options, model, control, parts }),
    readContextLength: ({ contextSize }) => contextSize,
    complete({ model, context, common }): LoadedModel {
      const slots = createSequenceSlots(context);
      Object.assign(parts, { context, slots });
      return {
        ...common,
        details: () => ({ ...common.details(), ngrams: ngrams?.size ?? null }),
        use: "text",
        model,
        context,
        slots,
        clock: createDecodeClock(context, now),
        guessPrice: createGuessPrice({ isCpu: model.gpuLayers === 0 }),
        ngrams,
        samplesAhead: createSampleAhead(context),
        prefixes,
        template: createModelTemplate(model),
        longestToken: measureLongestToken(model),
      };
    },
    clear: () => prefixes.clear(),
  });
}

function createContext(
  options: Pick<LoadOptions, "spec" | "plan"> & {
    readonly model: LlamaModel;
    readonly control: ThreadControl;
    /** Filled in once there is a context. */
    readonly parts: { readonly context: LlamaContext | null; readonly slots: SequenceSlots | null };
  },
): Promise<LlamaContext> {
  const { spec, plan, model, control, parts } = options;
  const { contextLength, sequences, batchTokens, attention } = plan.context;
  const fillDecode = createBatchOrder(() => (parts.slots?.busyPrimaries ?? 0) > 0);
  return model.createContext({
    sequences,
    contextSize: contextLength,
    batchSize: pickBatchTokens({ most: batchTokens, msPerToken: control.msPerToken, sequences }),
    threads: control.cap,
    flashAttention: attention.flash,
    experimentalKvCacheValueType: attention.valueType,
    batching: {
      itemPrioritizationStrategy({ items, size }) {
        const { context, slots } = parts;
        const left = context === null || slots === null ? items : dropAbandoned(context, slots, items);
        return fillDecode({ items: left, size });
      },
      // The library's own way is to wait a turn of the event loop for sequences that nobody uses.
      dispatchSchedule: (dispatch) => {
        const { context, slots } = parts;
        if (context !== null && slots !== null && sortQueue(context) >= slots.busy) dispatch();
        else setImmediate(dispatch);
      },
    },
    ...(spec.adapterPath !== null && { lora: spec.adapterPath }),
  });
}

function createModelTemplate(model: LlamaModel): ChatTemplate {
  const source: unknown = model.fileInfo.metadata.tokenizer.chat_template;
  return createChatTemplate({
    source: typeof source === "string" ? source : undefined,
    bosText: model.tokens.bosString ?? "",
    eosText: model.tokens.eosString ?? "",
  });
}

/** Characters of the vocabulary's longest token: no text of so many tokens can have more than as many times that. */
export function measureLongestToken(model: LlamaModel): number {
  let longest = 1;
  for (const token of model.iterateAllTokens()) {
    longest = Math.max(longest, model.detokenize([token], true).length);
  }
  return longest;
}
