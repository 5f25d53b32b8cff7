import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { parseTokenCount } from "../protocol/token-count.ts";
import type { InferenceRecorder } from "../store/inference-log.ts";
import type { AnswerCache } from "./cache/answer-cache.ts";
import type { InferenceOutcome } from "./inference-record.ts";
import type { InferenceTrace } from "./inference-trace.ts";

export interface GatewayMetrics {
  observeInference(trace: InferenceTrace, outcome: InferenceOutcome): void;
  /** A request that failed before it had a route. */
  observeRefusal(status: number): void;
  /** Prometheus text and its content type. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface MetricsOptions {
  readonly recorder: Pick<InferenceRecorder, "stats">;
  readonly cache: Pick<AnswerCache, "stats">;
  readonly inFlight: () => number;
  /** Further numbers by name, read at scrape time: shadow drops, engine queues. */
  readonly gauges: () => Readonly<Record<string, number>>;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80];

/** Names follow OpenTelemetry's `gen_ai.*`. Every gateway has its own registry, so several live in one process. */
export function createGatewayMetrics({ recorder, cache, inFlight, gauges }: MetricsOptions): GatewayMetrics {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  collectDefaultMetrics({ register: registry });
  const labelNames = ["route", "target", "status"] as const;
  const requests = new Counter({
    name: "gen_ai_server_requests_total",
    help: "Requests answered, by route, answering target and HTTP status",
    labelNames: [...labelNames, "endpoint", "cache"] as const,
    registers: [...registers],
  });
  const duration = new Histogram({
    name: "gen_ai_server_request_duration_seconds",
    help: "Time from request to last byte",
    labelNames,
    buckets: SECONDS,
    registers: [...registers],
  });
  const firstToken = new Histogram({
    name: "gen_ai_server_time_to_first_token_seconds",
    help: "Time from request to the first streamed token",
    labelNames: ["route", "target"] as const,
    buckets: SECONDS,
    registers: [...registers],
  });
  const attempts = new Histogram({
    name: "gen_ai_client_operation_duration_seconds",
    help: "Time of one call to one target, failed ones too, by how it ended",
    labelNames: ["route", "target", "outcome"] as const,
    buckets: SECONDS,
    registers: [...registers],
  });
  const attemptFirstToken = new Histogram({
    name: "gen_ai_client_time_to_first_token_seconds",
    help: "Time from one call to one target to its first token",
    labelNames: ["route", "target"] as const,
    buckets: SECONDS,
    registers: [...registers],
  });
  const tokens = new Counter({
    name: "gen_ai_client_token_usage_total",
    help: "Tokens used, by route, target and type",
    labelNames: ["route", "target", "type"] as const,
    registers: [...registers],
  });
  const fallbacks = new Counter({
    name: "tailor_fallbacks_total",
    help: "Answers given by a later target, by route and reason",
    labelNames: ["route", "reason"] as const,
    registers: [...registers],
  });
  const refusals = new Counter({
    name: "tailor_refusals_total",
    help: "Requests refused before routing, by HTTP status",
    labelNames: ["status"] as const,
    registers: [...registers],
  });
  addStateGauges({ registry, recorder, cache, inFlight, gauges });
  addCacheEvents(registry, cache);

  return {
    observeInference(trace, { status, endedAt }) {
      const { intake, usage, ttftMs, cache: cacheState } = trace;
      const where = { route: intake.route.name, target: trace.target?.id ?? "none" };
      requests.inc({ ...where, status, endpoint: intake.endpoint, cache: cacheState });
      duration.observe({ ...where, status }, (endedAt - intake.startedAt) / 1000);
      if (ttftMs !== null) firstToken.observe(where, ttftMs / 1000);
      for (const { target, errorKind, latencyMs, ttftMs: attemptTtftMs } of trace.attempts) {
        const called = { route: where.route, target };
        attempts.observe({ ...called, outcome: errorKind ?? "ok" }, latencyMs / 1000);
        if (attemptTtftMs !== null) attemptFirstToken.observe(called, attemptTtftMs / 1000);
      }
      if (usage !== null) {
        tokens.inc({ ...where, type: "input" }, parseTokenCount(usage.prompt_tokens) ?? 0);
        tokens.inc({ ...where, type: "output" }, parseTokenCount(usage.completion_tokens) ?? 0);
      }
      if (trace.target !== null && trace.fallbackReason !== null) {
        fallbacks.inc({ route: where.route, reason: trace.fallbackReason });
      }
    },
    observeRefusal: (status) => refusals.inc({ status }),
    render: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}

function addStateGauges({
  registry,
  recorder,
  cache,
  inFlight,
  gauges,
}: MetricsOptions & { registry: Registry }): void {
  const state = new Gauge({
    name: "tailor_state",
    help: "Levels read at scrape time: log queue, cache, requests in flight, shadows, engine",
    labelNames: ["name"] as const,
    registers: [registry],
    collect() {
      const log = recorder.stats();
      const { entries, bytes } = cache.stats();
      const levels = {
        log_queued: log.queued,
        log_written: log.written,
        log_dropped: log.dropped,
        log_failed: log.failed,
        log_erased: log.erased,
        log_spooled: log.spooled,
        log_spool_bytes: log.spoolBytes,
        log_spool_damaged: log.damaged,
        log_lost: log.lost,
        log_stalled: Number(log.stalled !== null),
        log_alert: Number(log.alert),
        cache_entries: entries,
        cache_bytes: bytes,
        requests_in_flight: inFlight(),
        ...gauges(),
      };
      for (const [name, value] of Object.entries(levels)) this.set({ name }, value);
    },
  });
  state.reset();
}

/** What became of requests at the cache: hits by where the answer was found, misses, bypasses, and what was kept. */
function addCacheEvents(registry: Registry, cache: MetricsOptions["cache"]): void {
  const events = new Counter({
    name: "tailor_cache_events_total",
    help: "Requests at the response cache and what it kept, by event",
    labelNames: ["event"] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const [event, count] of Object.entries(cache.stats().events)) this.inc({ event }, count);
    },
  });
  events.reset();
}
