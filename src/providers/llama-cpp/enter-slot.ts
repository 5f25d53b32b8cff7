import type { AdmissionQueue, SlotCall } from "./admission-queue.ts";

export interface EnteredSlot {
  /** Aborted with the call, and with a ProviderError when a shadow call has to give its slot to a primary one. */
  readonly signal: AbortSignal;
  /** Gives the slot back. */
  readonly leave: () => void;
}

interface SlotRequest extends Pick<SlotCall, "priority" | "isFurtherChoice"> {
  readonly signals: readonly AbortSignal[];
}

/** Waits for a slot as `AdmissionQueue.enter` does. `signals` end the wait and the call. */
export async function enterSlot(
  queue: AdmissionQueue,
  { signals, ...call }: SlotRequest,
): Promise<EnteredSlot> {
  const preemption = new AbortController();
  const signal = AbortSignal.any([...signals, preemption.signal]);
  const leave = await queue.enter({ ...call, signal, onPreempt: (error) => preemption.abort(error) });
  return { signal, leave };
}

/** Abandons the slot's work when its call ends early, and gives the slot back once the engine has let the work go. */
export function bindToSlot(
  { signal, leave }: EnteredSlot,
  work: { abandon(reason: unknown): void; readonly released: Promise<void> },
): void {
  const onAbort = () => work.abandon(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  void work.released.then(() => {
    signal.removeEventListener("abort", onAbort);
    leave();
  });
  if (signal.aborted) onAbort();
}
