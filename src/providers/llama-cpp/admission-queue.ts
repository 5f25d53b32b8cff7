import type { CallPriority } from "../provider.ts";
import { ProviderError, SHADOW_PREEMPTED } from "../provider-error.ts";

export interface SlotCall {
  readonly priority: CallPriority;
  readonly signal: AbortSignal;
  /** A primary call wants this shadow call's slot: it is to end with `error` and give the slot back. */
  readonly onPreempt: (error: ProviderError) => void;
  /**
   * A further choice of a call that was let in: neither a full line nor a long wait refuses it, since that would throw
   * away the choices before it. The signal ends its wait, and a primary call may push a shadow's out of the line.
   */
  readonly isFurtherChoice?: boolean | undefined;
}

export interface AdmissionQueue {
  /**
   * Resolves with how to give the slot back. Throws ProviderError `overloaded` when the queue is full or the wait gets
   * too long, and the signal's reason on abort.
   */
  enter(call: SlotCall): Promise<() => void>;
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
  /** Shadow calls that were ended so that a primary call need not wait for them. */
  preempted: number;
}

interface Waiter {
  readonly priority: CallPriority;
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
 * A bounded line in front of the engine's slots. Shadow calls may use every slot that is idle. Primary calls go before
 * them: one that would have to wait ends the newest running shadow call, and pushes a waiting one out of a full line.
 */
export function createAdmissionQueue(options: AdmissionOptions): AdmissionQueue {
  const waiting: Waiter[] = [];
  /** Newest last. */
  const shadows: SlotCall[] = [];
  /** Ended, and about to give their slots back. */
  const leaving = new Set<SlotCall>();
  const counts: QueueCounts = { waited: 0, waitedMs: 0, longestWaitMs: 0, refused: 0, preempted: 0 };
  let busy = 0;
  let holdMs = 1000;

  const hasRoom = () => busy < options.slots();

  /** Nobody waits who goes first. */
  function isFirst(priority: CallPriority): boolean {
    return !waiting.some((waiter) => priority === "shadow" || waiter.priority === "primary");
  }

  function occupy(call: SlotCall): () => void {
    const startedAt = options.now();
    busy++;
    if (call.priority === "shadow") shadows.push(call);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      busy--;
      if (call.priority === "shadow") shadows.splice(shadows.indexOf(call), 1);
      // What was cut short says nothing about how long a slot is held.
      if (!leaving.delete(call)) holdMs += NEWEST_SHARE * (options.now() - startedAt - holdMs);
      admitNext();
    };
  }

  function admitNext(): void {
    while (hasRoom()) {
      const next = waiting.find(({ priority }) => priority === "primary") ?? waiting[0];
      if (next === undefined) return;
      remove(next);
      next.admit();
    }
  }

  /** Frees one slot for each primary call that waits or is about to, as far as shadow calls hold any. */
  function preemptShadow(): void {
    const wanted = waiting.filter(({ priority }) => priority === "primary").length + 1;
    if (leaving.size >= wanted) return;
    const newest = shadows.findLast((shadow) => !leaving.has(shadow));
    if (newest === undefined) return;
    leaving.add(newest);
    counts.preempted++;
    const message = "A client's request took this shadow call's place in the local engine.";
    newest.onPreempt(new ProviderError(message, { kind: "overloaded", code: SHADOW_PREEMPTED }));
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

  function makeRoomInLine(priority: CallPriority): void {
    // Those who only wait for a shadow call to stop are as good as in.
    if (waiting.length < options.maxWaiting + leaving.size) return;
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
      return busy;
    },
    get length() {
      return waiting.length;
    },
    async enter(call) {
      const { priority, signal, isFurtherChoice = false } = call;
      signal.throwIfAborted();
      if (hasRoom() && isFirst(priority)) return occupy(call);
      if (priority === "primary") preemptShadow();
      // It may have stopped at once.
      if (hasRoom() && isFirst(priority)) return occupy(call);
      if (!isFurtherChoice) makeRoomInLine(priority);
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
            resolve(occupy(call));
          },
          refuse: (error) => {
            leave();
            reject(error);
          },
        };
        const onTooLong = () => waiter.refuse(createOverload("The local engine was busy for too long."));
        const timer = isFurtherChoice ? undefined : setTimeout(onTooLong, options.maxWaitMs);
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.push(waiter);
      });
    },
  };
}
