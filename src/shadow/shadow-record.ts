import { createUuidV7 } from "../protocol/ids.ts";
import { listChoices } from "../protocol/list-choices.ts";
import { parseTokenCount } from "../protocol/token-count.ts";
import type { Provider, ProviderAnswer } from "../providers/provider.ts";
import { ProviderError, SHADOW_PREEMPTED } from "../providers/provider-error.ts";
import type { Target } from "../routing/route.ts";
import type { AnswerVerdicts, ShadowRecord } from "../store/inference-log.ts";

/** What is known of a shadow call however it went. Times are Unix milliseconds. */
export interface ShadowCallFacts {
  readonly inferenceId: string;
  readonly stickyKeyHash: string | null;
  readonly target: Target;
  readonly policyVersion: string;
  readonly provider: Pick<Provider, "id" | "licenseClass">;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Judgement {
  readonly verdicts: AnswerVerdicts | null;
  readonly agreement: number | null;
}

export function createAnswerRecord(
  call: ShadowCallFacts,
  { completion, facts, ...judgement }: ProviderAnswer & Judgement & { readonly costUsd: number | null },
): ShadowRecord {
  const [choice] = completion.choices;
  const { interventions } = facts;
  const choices = listChoices(completion);
  return {
    ...createBase(call),
    ...judgement,
    modelVersion: facts.modelVersion,
    decoding: facts.decoding,
    promptVersion: facts.promptVersion,
    interventions: interventions ? interventions.retries + interventions.replacements : null,
    fieldRetries: interventions?.retries ?? null,
    answer: choice?.message.content ?? null,
    ...(choices !== null && { choices }),
    finishReason: choice?.finish_reason ?? null,
    error: null,
    promptTokens: parseTokenCount(completion.usage?.prompt_tokens),
    completionTokens: parseTokenCount(completion.usage?.completion_tokens),
  };
}

export function createFailureRecord(call: ShadowCallFacts, error: unknown): ShadowRecord {
  return {
    ...createBase(call),
    modelVersion: null,
    decoding: null,
    promptVersion: null,
    interventions: null,
    fieldRetries: null,
    answer: null,
    finishReason: null,
    error: describeError(error),
    verdicts: null,
    agreement: null,
    promptTokens: null,
    completionTokens: null,
    costUsd: null,
  };
}

function createBase(call: ShadowCallFacts) {
  const { inferenceId, stickyKeyHash, target, policyVersion, provider, startedAt, endedAt } = call;
  return {
    id: createUuidV7(startedAt),
    inferenceId,
    stickyKeyHash,
    target: target.id,
    provider: provider.id,
    model: target.model,
    policyVersion,
    licenseClass: provider.licenseClass,
    latencyMs: endedAt - startedAt,
    ttftMs: null,
    createdAt: startedAt,
  };
}

/** Whether the call gave its place to a client's request, which says nothing about the target. */
export function isPreempted(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.code === SHADOW_PREEMPTED;
}

/**
 * A provider's errors are written for people, at times in the upstream's own words, which may quote the request: the
 * store redacts them like an answer. What any other error holds nobody knows.
 */
function describeError(error: unknown): { kind: string; message: string } {
  if (isPreempted(error)) return { kind: "preempted", message: error.message };
  if (error instanceof ProviderError) return { kind: error.kind, message: error.message };
  return { kind: "internal", message: error instanceof Error ? error.name : "unknown" };
}
