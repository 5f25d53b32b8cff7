import { type InferenceTrace, listDropped } from "./inference-trace.ts";

/** What every completion tells about who answered and how. */
export function createAnswerHeaders(trace: InferenceTrace, nowMs: number): Record<string, string> {
  const { intake, target, fallbackReason } = trace;
  const headers: Record<string, string> = {
    // Said of a call that a repeated answer did not make.
    ...(trace.cache === "hit" ? {} : trace.facts?.rateLimits),
    "x-request-id": intake.requestId,
    "x-tailor-route": intake.route.name,
    "x-tailor-cache": trace.cache,
    "openai-processing-ms": String(Math.max(0, Math.round(nowMs - intake.startedAt))),
  };
  if (target !== null) {
    headers["x-tailor-target"] = target.id;
    if (fallbackReason !== null) headers["x-tailor-fallback"] = fallbackReason;
  }
  const dropped = listDropped(trace);
  if (dropped.length > 0) headers["x-tailor-dropped"] = dropped.join(", ");
  return headers;
}
