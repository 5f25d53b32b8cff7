import type { Batch, WriteQueue } from "./write-queue.ts";
import type { WriteRequest } from "./writer-messages.ts";

/** A batch leaves when it has this many entries or its first one waited this long. */
const BATCH_ENTRIES = 500;
/** What a batch takes in memory at most, in each of the forms that it goes through. */
const BATCH_BYTES = 8 * 1024 * 1024;
const BATCH_WINDOW_MS = 50;
/** While one is being committed the next is made ready. */
const BATCHES_UNDER_WAY = 2;

/** Sends what is in the queue to the writer thread, batch by batch. */
export interface BatchPump {
  /** Sends what is due. Call it whenever that may have changed. */
  pump(): void;
  /** Takes a batch that is safe out of the queue, with the time that took; null when it was not under way. */
  settle(batch: number): (Batch & { readonly flushMs: number }) | null;
  /** Sends batches under way again: inserts leave existing rows alone, so they can go twice. */
  sendAgain(): void;
  stop(): void;
}

export interface BatchPumpOptions {
  readonly queue: WriteQueue;
  readonly send: (request: WriteRequest) => void;
  /** Somebody waits: batches leave at once. */
  readonly isUrgent: () => boolean;
  readonly isDurable: () => boolean;
  /** The queue is over its limit, and there is a spool. */
  readonly isSpill: () => boolean;
}

export function createBatchPump({ queue, send, isUrgent, isDurable, isSpill }: BatchPumpOptions): BatchPump {
  const sentAt = new Map<number, number>();
  let timer: NodeJS.Timeout | null = null;
  /** The window of the first waiting entry is over. */
  let isDue = false;

  function pump(): void {
    while (queue.underWay().length < BATCHES_UNDER_WAY && queue.waiting > 0) {
      if (!(isDue || queue.waiting >= BATCH_ENTRIES || isUrgent())) break;
      sendBatch();
    }
    if (queue.waiting === 0) stop();
    else if (timer === null && !isDue) timer = setTimeout(windowEnds, BATCH_WINDOW_MS);
  }

  function windowEnds(): void {
    timer = null;
    isDue = true;
    pump();
  }

  function stop(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function sendBatch(): void {
    isDue = false;
    stop();
    const request = { kind: "write", isSpill: isSpill(), isDurable: isDurable() } as const;
    const batch = queue.take({ maxEntries: BATCH_ENTRIES, maxBytes: BATCH_BYTES });
    if (batch === null) return;
    sentAt.set(batch.number, performance.now());
    send({ ...request, batch: batch.number, entries: batch.entries });
  }

  return {
    pump,
    settle(number) {
      const batch = queue.settle(number);
      if (batch === null) return null;
      const flushMs = performance.now() - (sentAt.get(number) ?? 0);
      sentAt.delete(number);
      return { ...batch, flushMs };
    },
    sendAgain() {
      for (const { number, entries } of queue.underWay()) {
        send({ kind: "write", batch: number, entries, isDurable: true, isSpill: false });
      }
    },
    stop,
  };
}
