import type { LlamaContext, Token } from "node-llama-cpp";
import { type NativeSampler, openContext, replaceMethod } from "./native-parts.ts";

/** A first sample that was ordered before its decode. */
export interface OrderedSample {
  /** The sample, if it was taken behind these logits; null when it was not. Can be asked for once. */
  take(logitIndex: number): Promise<Token | -1> | null;
  /** No decode is to take it any more. */
  cancel(): void;
}

export interface SampleAhead {
  /**
   * The next decode that gives logits of this sequence is followed by a sample of them, with `sampler` as it is set up
   * now. Until it is taken the sampler must be left alone.
   */
  order(sequenceId: number, sampler: NativeSampler): OrderedSample;
}

interface Order {
  readonly sampler: NativeSampler;
  taken: { readonly logitIndex: number; readonly sample: Promise<Token | -1> } | null;
}

/** With more threads a sample would be taken while its decode is still running, from whatever the logits are then. */
const HAS_ONE_POOL_THREAD = process.env.UV_THREADPOOL_SIZE === "1";

/**
 * Queues samples behind their decode, before that is over: the engine process has one pool thread, which works off its
 * queue in order (see engine-supervisor.ts). So the sample is taken at once, by a thread that has the logits in its
 * cache, instead of after two switches between threads that sleep: about a fifth of a millisecond a token. In a process
 * with more pool threads nothing is queued, and no sample is there to take.
 */
export function createSampleAhead(context: LlamaContext): SampleAhead {
  const { _ctx: native } = openContext(context);
  const addToBatch = native.addToBatch.bind(native);
  const decodeBatch = native.decodeBatch.bind(native);
  const orders = new Map<number, Order>();
  /** With the places of their logits. */
  const inBatch = new Map<Order, number>();

  const addAndNote: typeof addToBatch = (sequenceId, ...rest) => {
    const logitIndexes = addToBatch(sequenceId, ...rest);
    const order = orders.get(sequenceId);
    const [first] = logitIndexes;
    // A long prompt comes in several decodes; only the last has logits.
    if (order !== undefined && first !== undefined && HAS_ONE_POOL_THREAD) {
      orders.delete(sequenceId);
      inBatch.set(order, first);
    }
    return logitIndexes;
  };
  const decodeAndSample: typeof decodeBatch = () => {
    const decoding = decodeBatch();
    for (const [order, logitIndex] of inBatch) {
      const sample = native.sampleToken(logitIndex, order.sampler);
      // Nobody asks for it when the decode fails.
      sample.catch(() => {});
      order.taken = { logitIndex, sample };
    }
    inBatch.clear();
    return decoding;
  };
  replaceMethod(native, "addToBatch", addAndNote);
  replaceMethod(native, "decodeBatch", decodeAndSample);

  return {
    order(sequenceId, sampler) {
      const order: Order = { sampler, taken: null };
      orders.set(sequenceId, order);
      return {
        take(logitIndex) {
          const { taken } = order;
          if (taken?.logitIndex !== logitIndex) return null;
          order.taken = null;
          return taken.sample;
        },
        cancel() {
          if (orders.get(sequenceId) === order) orders.delete(sequenceId);
          inBatch.delete(order);
        },
      };
    },
  };
}
