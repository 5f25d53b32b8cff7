import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { Provider } from "../providers/provider.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { Target } from "../routing/route.ts";
import { type Attempt, startAttempt } from "./attempt.ts";
import type { InferenceTrace } from "./inference-trace.ts";

export interface AskOptions<Answer> {
  readonly trace: InferenceTrace;
  readonly order: readonly Target[];
  readonly request: ChatCompletionRequest;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly now: () => number;
  /** Uses the attempt; throws ProviderError when the target is no good. Ends the attempt itself when it succeeds. */
  readonly ask: (attempt: Attempt) => Promise<Answer>;
}

/**
 * Asks target after target until one answers. Only what another target may do better moves on; the first reason is
 * kept for header and log. Throws the last target's error, or the client signal's reason.
 */
export async function askTargets<Answer>(options: AskOptions<Answer>): Promise<Answer> {
  const { trace, order, ask } = options;
  let lastError: unknown = new ProviderError("No target is configured for this route.", {
    kind: "unavailable",
  });
  for (const target of order) {
    const provider = options.providers.get(target.provider);
    if (provider === undefined) continue;
    const attempt = startAttempt({ ...options, target, provider });
    try {
      const answer = await ask(attempt);
      trace.target = target;
      trace.licenseClass = provider.licenseClass;
      return answer;
    } catch (error) {
      attempt.fail(error);
      if (trace.intake.signal.aborted) throw trace.intake.signal.reason;
      if (!(error instanceof ProviderError && error.isFallbackWorthy)) throw error;
      trace.fallbackReason ??= `${target.id}:${error.kind}`;
      lastError = error;
    }
  }
  throw lastError;
}
