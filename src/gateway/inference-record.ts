import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { parseTokenCount } from "../protocol/token-count.ts";
import { hashStickyKey } from "../routing/sticky-key.ts";
import { type AnswerVerdicts, type InferenceRecord, PRIVACY_POLICIES } from "../store/inference-log.ts";
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
  /** Keys the hashes that stand for users in stored requests. */
  readonly stickySecret: string;
}

/** The log row of a finished request. Bodies are left out where consent forbids them. */
export function createInferenceRecord(
  trace: InferenceTrace,
  outcome: InferenceOutcome & InferenceAppraisal,
): InferenceRecord {
  const { status, errorCode, endedAt, verdicts, costUsd, stickySecret } = outcome;
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
    decoding: facts?.decoding ?? null,
    promptVersion: facts?.promptVersion ?? null,
    licenseClass: trace.licenseClass,
    endpoint: intake.endpoint,
    streamed: intake.request.stream === true,
    status,
    errorCode,
    finishReason: trace.finishReason,
    promptTokens: parseTokenCount(usage?.prompt_tokens),
    completionTokens: parseTokenCount(usage?.completion_tokens),
    cachedTokens: parseTokenCount(usage?.prompt_tokens_details?.cached_tokens),
    costUsd,
    latencyMs: endedAt - intake.startedAt,
    ttftMs: trace.ttftMs,
    cache: trace.cache,
    fallbackReason: trace.target === null ? null : trace.fallbackReason,
    dropped: listDropped(trace),
    interventions: interventions ? interventions.retries + interventions.replacements : null,
    fieldRetries: interventions?.retries ?? null,
    stickyKeyHash: intake.stickyKeyHash,
    consent: intake.consent,
    policyVersion: PRIVACY_POLICIES[intake.route.redaction],
    verdicts: intake.consent === "none" ? hideReasons(verdicts) : verdicts,
    createdAt: intake.startedAt,
    attempts: trace.attempts,
    body:
      intake.consent === "none"
        ? null
        : {
            request: hideUser(intake.request, stickySecret),
            answer: trace.answer,
            ...(trace.choices !== null && { choices: trace.choices }),
          },
  };
}

/** Reasons quote the answer, and a row without a body has no word of it. */
function hideReasons(verdicts: AnswerVerdicts | null): AnswerVerdicts | null {
  if (verdicts === null) return null;
  return { ...verdicts, hardChecks: verdicts.hardChecks.map(({ name, ok }) => ({ name, ok })) };
}

/** Fields in which clients name their user. */
const USER_FIELDS = ["user", "safety_identifier", "prompt_cache_key"] as const;

function hideUser(request: ChatCompletionRequest, secret: string): ChatCompletionRequest {
  const named = USER_FIELDS.flatMap((field) => {
    const value = request[field];
    return typeof value === "string" ? [[field, hashStickyKey(value, secret)]] : [];
  });
  return named.length === 0 ? request : { ...request, ...Object.fromEntries(named) };
}
