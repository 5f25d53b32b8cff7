import { type InferenceTrace, listDropped } from "./inference-trace.ts";

/** What is known of a request before anybody answers it, and when nobody does. */
export function createEarlyHeaders({ intake }: InferenceTrace, nowMs: number): Record<string, string> {
  return {
    "x-request-id": intake.requestId,
    "x-tailor-route": intake.route.name,
    ...createTimeHeader(intake.startedAt, nowMs),
  };
}

export function createTimeHeader(startedAt: number, nowMs: number): Record<string, string> {
  return { "openai-processing-ms": String(Math.max(0, Math.round(nowMs - startedAt))) };
}

/** What every completion tells about who answered and how. */
export function createAnswerHeaders(trace: InferenceTrace, nowMs: number): Record<string, string> {
  const { target, fallbackReason } = trace;
  const headers: Record<string, string> = {
    // Said of a call that a repeated answer did not make.
    ...(trace.cache === "hit" ? {} : trace.facts?.rateLimits),
    ...createEarlyHeaders(trace, nowMs),
    "x-tailor-cache": trace.cache,
  };
  if (target !== null) {
    headers["x-tailor-target"] = target.id;
    if (fallbackReason !== null) headers["x-tailor-fallback"] = fallbackReason;
  }
  const dropped = listDropped(trace);
  if (dropped.length > 0) headers["x-tailor-dropped"] = dropped.join(", ");
  return headers;
}
