import { measureUnitBytes } from "./encode-records.ts";
import type { WriteUnit } from "./writer-messages.ts";

export interface WriteQueueLimits {
  /** Most records held in memory, waiting or under way. */
  readonly maxRecords: number;
  readonly maxBytes: number;
}

interface Batch {
  readonly number: number;
  readonly units: readonly WriteUnit[];
  readonly bytes: number;
}

/** The records held in memory, in order, with a bound on their number and size. Plain bookkeeping, no timers. */
export interface WriteQueue {
  /** False when the queue is full and the unit was not taken. */
  push(unit: WriteUnit): boolean;
  /** Moves up to `maxUnits` waiting units into a batch under way; null when none waits. */
  take(maxUnits: number): Batch | null;
  /** The batch is done with and its memory free. Null when it was not under way. */
  settle(batch: number): Batch | null;
  /** Batches under way, oldest first. */
  underWay(): readonly Batch[];
  readonly waiting: number;
  /** Waiting and under way. */
  readonly held: number;
}

export function createWriteQueue(limits: WriteQueueLimits): WriteQueue {
  let waiting: { readonly unit: WriteUnit; readonly bytes: number }[] = [];
  const sent = new Map<number, Batch>();
  let held = 0;
  let heldBytes = 0;
  let lastNumber = 0;

  return {
    push(unit) {
      const bytes = measureUnitBytes(unit);
      if (held >= limits.maxRecords || heldBytes + bytes > limits.maxBytes) return false;
      waiting.push({ unit, bytes });
      held += 1;
      heldBytes += bytes;
      return true;
    },

    take(maxUnits) {
      if (waiting.length === 0) return null;
      const taken = waiting.slice(0, maxUnits);
      waiting = waiting.slice(maxUnits);
      lastNumber += 1;
      const batch: Batch = {
        number: lastNumber,
        units: taken.map((entry) => entry.unit),
        bytes: taken.reduce((sum, entry) => sum + entry.bytes, 0),
      };
      sent.set(batch.number, batch);
      return batch;
    },

    settle(number) {
      const batch = sent.get(number);
      if (batch === undefined) return null;
      sent.delete(number);
      held -= batch.units.length;
      heldBytes -= batch.bytes;
      return batch;
    },

    underWay: () => [...sent.values()],
    get waiting() {
      return waiting.length;
    },
    get held() {
      return held;
    },
  };
}
