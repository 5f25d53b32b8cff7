import type { AnswerVerdicts, InferenceRecord } from "../store/inference-log.ts";
import { replaceImageData } from "./image-data.ts";
import { type InferenceTrace, listDropped } from "./inference-trace.ts";

export interface InferenceOutcome {
  /** HTTP status the client got, or 499. */
  readonly status: number;
  readonly errorCode: string | null;
  /** Unix milliseconds at which the answer's last byte was handed over. */
  readonly endedAt: number;
}

export interface InferenceAppraisal {
  readonly verdicts: AnswerVerdicts | null;
  readonly costUsd: number | null;
}

/** The log row of a finished request. Bodies are left out where consent forbids them. */
export function createInferenceRecord(
  trace: InferenceTrace,
  { status, errorCode, endedAt, verdicts, costUsd }: InferenceOutcome & InferenceAppraisal,
): InferenceRecord {
  const { intake, facts, usage } = trace;
  const { interventions } = facts ?? {};
  return {
    id: intake.id,
    requestId: intake.requestId,
    route: intake.route.name,
    routeVersion: intake.route.version,
    target: trace.target?.id ?? null,
    requestedModel: intake.request.model,
    bucket: intake.bucket,
    modelVersion: facts?.modelVersion ?? null,
    adapter: facts?.adapter ?? null,
    promptVersion: facts?.promptVersion ?? null,
    licenseClass: trace.licenseClass,
    endpoint: intake.endpoint,
    streamed: intake.request.stream === true,
    status,
    errorCode,
    finishReason: trace.finishReason,
    promptTokens: usage?.prompt_tokens ?? null,
    completionTokens: usage?.completion_tokens ?? null,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? null,
    costUsd,
    latencyMs: endedAt - intake.startedAt,
    ttftMs: trace.ttftMs,
    cache: trace.cache,
    fallbackReason: trace.target === null ? null : trace.fallbackReason,
    dropped: listDropped(trace),
    interventions: interventions ? interventions.retries + interventions.replacements : null,
    stickyKeyHash: intake.stickyKeyHash,
    consent: intake.consent,
    verdicts,
    createdAt: intake.startedAt,
    attempts: trace.attempts,
    body:
      intake.consent === "none" ? null : { request: replaceImageData(intake.request), answer: trace.answer },
  };
}
