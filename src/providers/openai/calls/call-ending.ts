import { ProviderError } from "../../provider-error.ts";
import type { CallClock } from "./call-clock.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { isUpstreamFailure } from "./circuits.ts";
import type { ConnectionHealth } from "./connection-health.ts";
import { convertTransportErrorToProviderError } from "./transport-error.ts";

/** How a call ends: exactly one of `finish`, `leave` and `fail` is called. */
export interface CallEnding {
  /** The answer has begun: enough to trust a target that was left alone. */
  prove(): void;
  finish(): void;
  /** The reader lost interest, which says nothing about the upstream. */
  leave(): void;
  /** Answers the error to throw. */
  fail(error: unknown): unknown;
}

export interface CallEndingOptions {
  readonly clock: CallClock;
  /** Null for calls that count against no model. */
  readonly breaker: CircuitBreaker | null;
  readonly health: ConnectionHealth;
}

/** Stops the clock and tells breaker and health what the call was worth. */
export function createCallEnding({ clock, breaker, health }: CallEndingOptions): CallEnding {
  return {
    prove() {
      if (breaker?.state() !== "closed") breaker?.noteSuccess();
    },
    finish() {
      clock.stop();
      breaker?.noteSuccess();
      health.noteAnswer();
    },
    leave: () => clock.stop(),
    fail(error) {
      clock.stop();
      const reason: unknown = clock.signal.aborted
        ? clock.signal.reason
        : convertTransportErrorToProviderError(error);
      // The caller's own reason: not the upstream's fault.
      if (!(reason instanceof ProviderError)) return reason;
      if (isUpstreamFailure(reason)) breaker?.noteFailure();
      else breaker?.noteSuccess();
      if (reason.status === undefined) health.noteFailure(reason);
      else health.noteAnswer();
      return reason;
    },
  };
}
