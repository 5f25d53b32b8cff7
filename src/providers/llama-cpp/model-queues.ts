import { type AdmissionQueue, createAdmissionQueue, type QueueCounts } from "./admission-queue.ts";
import type { EngineModel } from "./engine-messages.ts";
import { keyOf } from "./model-key.ts";

/** What there is to tell of lines, all together. */
export interface QueueNumbers {
  readonly busy: number;
  readonly length: number;
  /** Of the models that are loaded, or have calls all the same. */
  readonly slots: number;
  readonly counts: Readonly<QueueCounts>;
}

/** A line for each model: calls that wait for one model's load hold no slot of another. */
export interface ModelQueues extends QueueNumbers {
  of(model: EngineModel): AdmissionQueue;
  /** To be called when a model may have got more slots. */
  refresh(model: EngineModel): void;
}

interface Line {
  readonly model: EngineModel;
  readonly queue: AdmissionQueue;
}

export interface ModelQueuesOptions {
  /** Null for a model that is not loaded. */
  readonly slots: (model: EngineModel) => number | null;
  /** Until a model is loaded nobody knows how many it gets. */
  readonly slotsBeforeLoading: number;
  /** Calls that wait for one model, and for all of them together. */
  readonly maxWaiting: number;
  readonly maxWaitingInAll: number;
  readonly maxWaitMs: number;
  readonly now: () => number;
}

/** A line is kept as long as the process lives: there are as many as models were ever asked for. */
export function createModelQueues(options: ModelQueuesOptions): ModelQueues {
  const { slots, slotsBeforeLoading, maxWaiting, maxWaitingInAll, maxWaitMs, now } = options;
  const lines = new Map<string, Line>();

  const sum = (measure: (line: Line) => number) =>
    [...lines.values()].reduce((total, line) => total + measure(line), 0);
  const countWaiting = () => sum(({ queue }) => queue.length);
  const countSlots = (model: EngineModel) => slots(model) ?? slotsBeforeLoading;

  function open(model: EngineModel): Line {
    const queue = createAdmissionQueue({
      slots: () => countSlots(model),
      // Asked at each decision, as the slots are.
      get maxWaiting(): number {
        return Math.min(maxWaiting, maxWaitingInAll - countWaiting() + queue.length);
      },
      maxWaitMs,
      now,
    });
    const line = { model, queue };
    lines.set(keyOf(model), line);
    return line;
  }

  const find = (model: EngineModel) => lines.get(keyOf(model)) ?? open(model);

  return {
    of: (model) => find(model).queue,
    refresh: (model) => find(model).queue.refresh(),
    get busy() {
      return sum(({ queue }) => queue.busy);
    },
    get length() {
      return countWaiting();
    },
    get slots() {
      const total = sum(({ model, queue }) => slots(model) ?? (queue.busy > 0 ? slotsBeforeLoading : 0));
      return total === 0 ? slotsBeforeLoading : total;
    },
    get counts() {
      return {
        waited: sum(({ queue }) => queue.counts.waited),
        waitedMs: sum(({ queue }) => queue.counts.waitedMs),
        longestWaitMs: Math.max(0, ...[...lines.values()].map(({ queue }) => queue.counts.longestWaitMs)),
        refused: sum(({ queue }) => queue.counts.refused),
        preempted: sum(({ queue }) => queue.counts.preempted),
      };
    },
  };
}
