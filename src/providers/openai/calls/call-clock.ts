import type { CallTimeouts } from "../../provider.ts";
import { ProviderError } from "../../provider-error.ts";

/** Limits of one upstream call in milliseconds. `connectMs` is the connection pool's. */
export interface UpstreamTimeouts {
  readonly connectMs: number;
  /** Streams only: from the call to the first event. */
  readonly firstTokenMs: number;
  /** Streams only: from one event to the next. */
  readonly betweenTokensMs: number;
  readonly totalMs: number;
}

/** Joins the caller's signal with the call's own time limits. */
export interface CallClock {
  /** Aborts with the caller's reason, or with a ProviderError of kind timeout. */
  readonly signal: AbortSignal;
  /** Rejects with `signal.reason`: a request that still queues for a connection does not hear the signal itself. */
  readonly aborted: Promise<never>;
  /** An event came: from now on the time between two events counts. */
  markEvent(): void;
  stop(): void;
}

/** The provider's limits with those that a call brings along. */
export function mergeTimeouts(
  timeouts: UpstreamTimeouts,
  { firstTokenMs, betweenTokensMs }: CallTimeouts = {},
) {
  return {
    ...timeouts,
    firstTokenMs: firstTokenMs ?? timeouts.firstTokenMs,
    betweenTokensMs: betweenTokensMs ?? timeouts.betweenTokensMs,
  };
}

export interface CallClockOptions {
  readonly signal: AbortSignal;
  readonly timeouts: UpstreamTimeouts;
  readonly isStream: boolean;
}

export function startCallClock({ signal, timeouts, isStream }: CallClockOptions): CallClock {
  const controller = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => {});

  const abort = (reason: unknown) => {
    stop();
    controller.abort(reason);
    reject(reason);
  };
  const startTimer = (ms: number, what: string) =>
    setTimeout(() => abort(new ProviderError(`${what} within ${ms} ms.`, { kind: "timeout" })), ms);
  const onCallerAbort = () => abort(signal.reason);

  const total = startTimer(timeouts.totalMs, "The upstream did not finish");
  let eventTimer = isStream
    ? startTimer(timeouts.firstTokenMs, "The upstream sent no first token")
    : undefined;
  let hasEvent = false;

  function stop(): void {
    clearTimeout(total);
    clearTimeout(eventTimer);
    signal.removeEventListener("abort", onCallerAbort);
  }

  if (signal.aborted) onCallerAbort();
  else signal.addEventListener("abort", onCallerAbort, { once: true });
  return {
    signal: controller.signal,
    aborted,
    markEvent() {
      if (controller.signal.aborted) return;
      if (hasEvent) {
        eventTimer?.refresh();
        return;
      }
      hasEvent = true;
      clearTimeout(eventTimer);
      eventTimer = startTimer(timeouts.betweenTokensMs, "The upstream sent no further token");
    },
    stop,
  };
}
