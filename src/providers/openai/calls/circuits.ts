import { LRUCache } from "lru-cache";
import { ProviderError } from "../../provider-error.ts";
import { type CircuitBreaker, type CircuitLimits, createCircuitBreaker } from "./circuit-breaker.ts";

/** The circuit breakers of one provider, one for each model that was asked for. */
export interface Circuits {
  /** Throws ProviderError `unavailable` at once while the model's circuit is open. */
  enter(model: string): CircuitBreaker;
  /** Models that are left alone now or being probed. */
  listOpen(): readonly string[];
}

/** Model names may come from clients: those asked for long ago are forgotten. */
const MAX_MODELS = 1000;

export function createCircuits(limits: CircuitLimits, now: () => number): Circuits {
  const breakers = new LRUCache<string, CircuitBreaker>({ max: MAX_MODELS });
  return {
    enter(model) {
      const breaker = breakers.get(model) ?? createCircuitBreaker(limits, now);
      breakers.set(model, breaker);
      const waitMs = breaker.enter();
      if (waitMs === 0) return breaker;
      throw new ProviderError("The upstream failed again and again and is left alone for now.", {
        kind: "unavailable",
        code: "circuit_open",
        retryAfterMs: waitMs,
      });
    },
    listOpen: () =>
      [...breakers].filter(([, breaker]) => breaker.state() !== "closed").map(([model]) => model),
  };
}

/** Whether an error speaks against the upstream. A refused request or a rate limit is the word of one that works. */
export function isUpstreamFailure({ kind }: ProviderError): boolean {
  return (
    kind === "unavailable" || kind === "timeout" || kind === "invalid_response" || kind === "upstream_error"
  );
}
