import { setTimeout as wait } from "node:timers/promises";
import type { CallTimeouts, ForwardCall, ForwardedAnswer } from "../../provider.ts";
import { ProviderError } from "../../provider-error.ts";
import { type CallClock, mergeTimeouts, startCallClock, type UpstreamTimeouts } from "./call-clock.ts";
import { type CallEnding, createCallEnding } from "./call-ending.ts";
import { type CircuitLimits, defaultCircuitLimits } from "./circuit-breaker.ts";
import { createCircuits } from "./circuits.ts";
import { createConnectionHealth } from "./connection-health.ts";
import { defaultRetryLimits, pickRetryDelay, type RetryLimits } from "./retry-policy.ts";
import { convertTransportErrorToProviderError } from "./transport-error.ts";
import type { UpstreamClient, UpstreamRequest, UpstreamResponse } from "./upstream-client.ts";

/** One call to the upstream from its first try to the end of its answer. */
export interface OpenCall extends CallEnding {
  readonly response: UpstreamResponse;
  readonly clock: CallClock;
}

export interface ExchangeRequest extends Omit<UpstreamRequest, "signal" | "aborted"> {
  readonly signal: AbortSignal;
  /** Whose circuit breaker counts the call; null: nobody's. */
  readonly model: string | null;
  readonly isStream: boolean;
  readonly timeouts?: CallTimeouts | undefined;
  readonly mayRetry: boolean;
  /** Told before each further try. */
  readonly onRetry?: (() => void) | undefined;
}

export interface ExchangeOptions {
  readonly client: UpstreamClient;
  readonly timeouts: UpstreamTimeouts;
  readonly retries?: Partial<RetryLimits> | undefined;
  readonly circuit?: Partial<CircuitLimits> | undefined;
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
  /** Rejects when the signal aborts. */
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Runs calls: time limits, retries of one target, its circuit breaker and the provider's health around each. */
export function createExchange(options: ExchangeOptions) {
  const { client, timeouts, now = Date.now, random = Math.random, sleep = sleepFor } = options;
  const limits = { ...defaultRetryLimits, ...options.retries };
  const circuits = createCircuits({ ...defaultCircuitLimits, ...options.circuit }, now);
  const health = createConnectionHealth();
  let retriesMade = 0;
  let closing: Promise<void> | null = null;

  async function open(request: ExchangeRequest): Promise<OpenCall> {
    const { signal, model } = request;
    if (signal.aborted) throw signal.reason;
    if (closing !== null) throw new ProviderError("The provider is closed.", { kind: "unavailable" });
    const breaker = model === null ? null : circuits.enter(model);
    const merged = mergeTimeouts(timeouts, request.timeouts);
    const clock = startCallClock({ signal, timeouts: merged, isStream: request.isStream });

    const ending = createCallEnding({ clock, breaker, health });
    try {
      const budgetMs = pickBudget(request, merged);
      return { response: await tryUntilOpen({ request, clock, budgetMs }), ...ending, clock };
    } catch (error) {
      throw ending.fail(error);
    }
  }

  /** No wait is begun that the call's own clock would end. */
  function pickBudget({ isStream }: ExchangeRequest, { firstTokenMs, totalMs }: UpstreamTimeouts): number {
    return Math.min(limits.budgetMs, totalMs, isStream ? firstTokenMs : totalMs);
  }

  /** Asks until the answer's headers are good; nothing is repeated once a byte of an answer has come. */
  async function tryUntilOpen(options: {
    request: ExchangeRequest;
    clock: CallClock;
    budgetMs: number;
  }): Promise<UpstreamResponse> {
    const { mayRetry, onRetry, ...request } = options.request;
    const { signal, aborted } = options.clock;
    const within = { ...limits, budgetMs: options.budgetMs };
    const startedAt = now();
    for (let retries = 0; ; retries += 1) {
      try {
        return await client.request({ ...request, signal, aborted });
      } catch (error) {
        if (signal.aborted || !mayRetry) throw error;
        const converted = convertTransportErrorToProviderError(error);
        const delayMs = pickRetryDelay(converted, {
          limits: within,
          retries,
          elapsedMs: now() - startedAt,
          random,
        });
        if (delayMs === null) throw converted;
        await sleep(delayMs, signal);
        retriesMade += 1;
        onRetry?.();
      }
    }
  }

  /** A call of which nothing is known: neither repeated nor counted against a model. */
  async function forward(call: ForwardCall): Promise<ForwardedAnswer> {
    if (closing !== null) throw new ProviderError("The provider is closed.", { kind: "unavailable" });
    try {
      return await client.forward(call);
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      const converted = convertTransportErrorToProviderError(error);
      health.noteFailure(converted);
      throw converted;
    }
  }

  return {
    open,
    forward,
    health: () => health.read(circuits.listOpen()),
    gauges: () => ({ open_circuits: circuits.listOpen().length, retries: retriesMade }),
    close: (deadlineMs: number) => {
      health.noteClosed();
      closing ??= client.close(deadlineMs);
      return closing;
    },
  };
}

function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  return wait(ms, undefined, { signal });
}
