import { ProviderError } from "../provider-error.ts";

type Priority = "primary" | "shadow";

export interface AdmissionQueue {
  /**
   * Resolves with how to give the slot back. Throws ProviderError `overloaded` when the queue is full or the wait gets
   * too long, and the signal's reason on abort.
   */
  enter(request: { readonly priority: Priority; readonly signal: AbortSignal }): Promise<() => void>;
  /** To be called when the number of slots may have grown. */
  refresh(): void;
  readonly busy: number;
  readonly length: number;
  readonly counts: Readonly<QueueCounts>;
}

/** Running totals. */
export interface QueueCounts {
  /** Calls that had to wait for a slot, whatever became of them. */
  waited: number;
  /** Time that admitted calls waited, all together and the longest. */
  waitedMs: number;
  longestWaitMs: number;
  /** Calls refused since the line was full or the wait too long. */
  refused: number;
}

interface Waiter {
  readonly priority: Priority;
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
}

export interface AdmissionOptions {
  /** Asked at each decision: a loaded model tells how many it has. */
  readonly slots: () => number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  readonly now: () => number;
}

/** Weight of the newest answer in the running mean of how long a slot is held. */
const NEWEST_SHARE = 0.2;

/**
 * A bounded line in front of the engine's slots. Primary calls go before shadow calls and push waiting shadow calls
 * out when the line is full; one slot is never given to shadow calls when there are several.
 */
export function createAdmissionQueue(options: AdmissionOptions): AdmissionQueue {
  const waiting: Waiter[] = [];
  const busy = { primary: 0, shadow: 0 };
  const counts: QueueCounts = { waited: 0, waitedMs: 0, longestWaitMs: 0, refused: 0 };
  let holdMs = 1000;

  function hasRoom(priority: Priority): boolean {
    const slots = options.slots();
    if (busy.primary + busy.shadow >= slots) return false;
    return priority === "primary" || busy.shadow < Math.max(1, slots - 1);
  }

  function occupy(priority: Priority): () => void {
    const startedAt = options.now();
    busy[priority]++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      busy[priority]--;
      holdMs += NEWEST_SHARE * (options.now() - startedAt - holdMs);
      admitNext();
    };
  }

  function admitNext(): void {
    for (const priority of ["primary", "shadow"] as const) {
      while (hasRoom(priority)) {
        const next = waiting.find((waiter) => waiter.priority === priority);
        if (next === undefined) break;
        remove(next);
        next.admit();
      }
    }
  }

  function remove(waiter: Waiter): void {
    const index = waiting.indexOf(waiter);
    if (index >= 0) waiting.splice(index, 1);
  }

  function createOverload(message: string): ProviderError {
    counts.refused++;
    const retryAfterMs = Math.ceil(Math.max(1000, (holdMs * (waiting.length + 1)) / options.slots()));
    return new ProviderError(message, { kind: "overloaded", code: "engine_overloaded", retryAfterMs });
  }

  function makeRoomInLine(priority: Priority): void {
    if (waiting.length < options.maxWaiting) return;
    const evicted =
      priority === "primary" ? waiting.findLast((waiter) => waiter.priority === "shadow") : undefined;
    if (evicted === undefined) throw createOverload("The local engine's queue is full.");
    remove(evicted);
    evicted.refuse(createOverload("The local engine's queue is full."));
  }

  return {
    refresh: admitNext,
    counts,
    get busy() {
      return busy.primary + busy.shadow;
    },
    get length() {
      return waiting.length;
    },
    async enter({ priority, signal }) {
      signal.throwIfAborted();
      if (hasRoom(priority) && !waiting.some((waiter) => waiter.priority === priority))
        return occupy(priority);
      makeRoomInLine(priority);
      counts.waited++;
      const since = options.now();
      return await new Promise((resolve, reject) => {
        const leave = () => {
          remove(waiter);
          clearTimeout(timer);
          signal.removeEventListener("abort", onAbort);
        };
        const onAbort = () => {
          leave();
          reject(signal.reason);
        };
        const waiter: Waiter = {
          priority,
          admit: () => {
            leave();
            const waitedMs = options.now() - since;
            counts.waitedMs += waitedMs;
            counts.longestWaitMs = Math.max(counts.longestWaitMs, waitedMs);
            resolve(occupy(priority));
          },
          refuse: (error) => {
            leave();
            reject(error);
          },
        };
        const timer = setTimeout(() => {
          waiter.refuse(createOverload("The local engine was busy for too long."));
        }, options.maxWaitMs);
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.push(waiter);
      });
    },
  };
}
