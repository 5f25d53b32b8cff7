import type { ProviderError } from "../../provider-error.ts";

/** How often and how patiently the same upstream is asked again. */
export interface RetryLimits {
  /** Tries after the first one. */
  readonly max: number;
  /** Upper bound of the first wait; it doubles with every try. */
  readonly baseMs: number;
  readonly maxDelayMs: number;
  /** Most time from the first try to the beginning of the last: a wait that would go beyond is not begun. */
  readonly budgetMs: number;
}

export const defaultRetryLimits: RetryLimits = { max: 2, baseMs: 200, maxDelayMs: 2_000, budgetMs: 4_000 };

/** Statuses that a second try may change. 501 and 505 tell what the upstream will never do. */
function isPassingStatus(status: number): boolean {
  if (status === 408 || status === 409 || status === 429) return true;
  return status >= 500 && status !== 501 && status !== 505;
}

/**
 * Whether a call that failed before its answer began may be made again. The upstream's own word goes first; without a
 * status the connection failed, which is safe to repeat: no token of an answer was seen.
 */
function isRetryable(error: ProviderError): boolean {
  if (error.shouldRetry !== undefined) return error.shouldRetry;
  if (error.status !== undefined) return isPassingStatus(error.status);
  return error.kind === "unavailable" || error.kind === "timeout";
}

export interface RetryState {
  readonly limits: RetryLimits;
  /** Tries already made again. */
  readonly retries: number;
  /** Since the first try. */
  readonly elapsedMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Milliseconds to wait before the next try, or null to give up. Full jitter: anywhere between nothing and the doubled
 * bound, so that callers who failed together do not come back together; never earlier than the upstream asked for.
 */
export function pickRetryDelay(error: ProviderError, state: RetryState): number | null {
  const { limits, retries, elapsedMs, random } = state;
  if (retries >= limits.max || !isRetryable(error)) return null;
  const bound = Math.min(limits.maxDelayMs, limits.baseMs * 2 ** retries);
  const delayMs = (error.retryAfterMs ?? 0) + Math.floor(random() * bound);
  return elapsedMs + delayMs > limits.budgetMs ? null : delayMs;
}
