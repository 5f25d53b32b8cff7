import type { LogEntry } from "./writer-messages.ts";

export interface WriteQueueLimits {
  /** Entries held in memory at most, waiting or under way; beyond it nothing is taken. */
  readonly maxRecords: number;
  /** The same of their size in memory. */
  readonly maxBytes: number;
}

interface BatchLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export interface Batch {
  readonly number: number;
  readonly entries: readonly LogEntry[];
  readonly bytes: number;
}

/** The entries held in memory, in order, with a bound on their number and size. Plain bookkeeping, no timers. */
export interface WriteQueue {
  /** False when the queue is full and the entry was not taken. */
  push(entry: LogEntry): boolean;
  /** Moves the first of the waiting entries, as many as `limits` allow and one at least, into a batch; null when none waits. */
  take(limits: BatchLimits): Batch | null;
  /** The batch is done with and its memory free. Null when it was not under way. */
  settle(batch: number): Batch | null;
  /** Batches under way, oldest first. */
  underWay(): readonly Batch[];
  readonly waiting: number;
  /** Waiting and under way. */
  readonly held: number;
  readonly heldBytes: number;
}

export function createWriteQueue(limits: WriteQueueLimits): WriteQueue {
  let waiting: LogEntry[] = [];
  const sent = new Map<number, Batch>();
  let held = 0;
  let heldBytes = 0;
  let lastNumber = 0;

  return {
    push(entry) {
      if (held >= limits.maxRecords || heldBytes + entry.bytes > limits.maxBytes) return false;
      waiting.push(entry);
      held += 1;
      heldBytes += entry.bytes;
      return true;
    },

    take({ maxEntries, maxBytes }) {
      const [first] = waiting;
      if (first === undefined) return null;
      let { bytes } = first;
      let count = 1;
      for (const entry of waiting.slice(1, maxEntries)) {
        if (bytes + entry.bytes > maxBytes) break;
        bytes += entry.bytes;
        count += 1;
      }
      lastNumber += 1;
      const batch: Batch = { number: lastNumber, entries: waiting.slice(0, count), bytes };
      waiting = waiting.slice(count);
      sent.set(batch.number, batch);
      return batch;
    },

    settle(number) {
      const batch = sent.get(number);
      if (batch === undefined) return null;
      sent.delete(number);
      held -= batch.entries.length;
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
    get heldBytes() {
      return heldBytes;
    },
  };
}
