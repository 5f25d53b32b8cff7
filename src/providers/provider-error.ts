export type ProviderErrorKind =
  /** The request itself is bad: no other target is asked. */
  | "invalid_request"
  | "context_length_exceeded"
  | "authentication"
  | "model_not_found"
  | "rate_limited"
  /** The provider's own bounded queue is full or its deadline passed. */
  | "overloaded"
  | "timeout"
  /** Refused, reset, cut mid-answer, engine died. */
  | "unavailable"
  /** Answered, but not in the wire format or not in the asked schema. */
  | "invalid_response"
  | "upstream_error";

/** `code` of a shadow call that gave its place to a client's request: it says nothing about the target. */
export const SHADOW_PREEMPTED = "shadow_preempted";

export interface ProviderErrorData {
  readonly kind: ProviderErrorKind;
  /** HTTP status an upstream sent, when there was one. */
  readonly status?: number | undefined;
  readonly code?: string | null | undefined;
  readonly param?: string | null | undefined;
  readonly type?: string | undefined;
  /** How long the caller should wait before asking again. */
  readonly retryAfterMs?: number | undefined;
  /** What an upstream said of its rate limits with it. */
  readonly rateLimits?: Readonly<Record<string, string>> | undefined;
  /** Whether the same target may be asked again, where that is known (`x-should-retry`, a name that does not exist). */
  readonly shouldRetry?: boolean | undefined;
  readonly cause?: unknown;
}

/** A provider could not answer. Catch it in the pipeline (fallback) and in the HTTP edge (envelope), nowhere else. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: ProviderErrorKind;
  readonly status: number | undefined;
  readonly code: string | null;
  readonly param: string | null;
  readonly type: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly shouldRetry: boolean | undefined;
  readonly rateLimits: Readonly<Record<string, string>> | undefined;

  constructor(message: string, data: ProviderErrorData) {
    super(message, { cause: data.cause });
    this.kind = data.kind;
    this.status = data.status;
    this.code = data.code ?? null;
    this.param = data.param ?? null;
    this.type = data.type;
    this.retryAfterMs = data.retryAfterMs;
    this.shouldRetry = data.shouldRetry;
    this.rateLimits = data.rateLimits;
  }

  /** Whether another target may do better: everything but a request that is bad everywhere. */
  get isFallbackWorthy(): boolean {
    return this.kind !== "invalid_request";
  }
}
