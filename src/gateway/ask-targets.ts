import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { Provider } from "../providers/provider.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { Target } from "../routing/route.ts";
import { type AnswerFault, createFaultError, createRepairRequest } from "./answer-fault.ts";
import { type Attempt, startAttempt } from "./attempt.ts";
import type { InferenceTrace } from "./inference-trace.ts";

/** An answer to use, or one that does not hold to the asked format. */
export type Asked<Answer> =
  | { readonly kind: "good"; readonly answer: Answer }
  | ({ readonly kind: "faulty" } & AnswerFault);

export interface AskOptions<Answer> {
  readonly trace: InferenceTrace;
  readonly order: readonly Target[];
  readonly request: ChatCompletionRequest;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly now: () => number;
  /** Uses the attempt; throws ProviderError when the target is no good. Ends the attempt itself when it succeeds. */
  readonly ask: (attempt: Attempt) => Promise<Asked<Answer>>;
}

/**
 * Asks target after target until one answers. A faulty answer is sent back once with what is wrong with it. Only what
 * another target may do better moves on; the first reason is kept for header and log. Throws the last target's error,
 * or the client signal's reason.
 */
export async function askTargets<Answer>(options: AskOptions<Answer>): Promise<Answer> {
  const { trace, order } = options;
  let lastError: unknown = new ProviderError("No target is configured for this route.", {
    kind: "unavailable",
  });
  for (const target of order) {
    const provider = options.providers.get(target.provider);
    if (provider === undefined) continue;
    try {
      const answer = await askTarget(options, { target, provider });
      trace.target = target;
      trace.licenseClass = provider.licenseClass;
      return answer;
    } catch (error) {
      if (trace.intake.signal.aborted) throw trace.intake.signal.reason;
      if (!(error instanceof ProviderError && error.isFallbackWorthy)) throw error;
      trace.fallbackReason ??= `${target.id}:${error.kind}`;
      lastError = error;
    }
  }
  throw lastError;
}

type Place = { readonly target: Target; readonly provider: Provider };

async function askTarget<Answer>(options: AskOptions<Answer>, place: Place): Promise<Answer> {
  const { request } = options;
  const first = await askOnce(options, { ...place, request }).catch(convertMismatchToFault);
  if (first.kind === "good") return first.answer;
  const second = await askOnce(options, { ...place, request: createRepairRequest(request, first) });
  if (second.kind === "good") return second.answer;
  throw createFaultError(second);
}

/** A local model whose own provider found the fault is told of it like every other. */
function convertMismatchToFault(error: unknown): Asked<never> {
  const isMismatch = error instanceof ProviderError && error.code === "schema_mismatch";
  if (!isMismatch) throw error;
  return { kind: "faulty", fault: "it does not hold to the schema", content: null };
}

async function askOnce<Answer>(
  { trace, now, ask }: AskOptions<Answer>,
  call: Place & { readonly request: ChatCompletionRequest },
): Promise<Asked<Answer>> {
  const attempt = startAttempt({ trace, now, ...call });
  try {
    const asked = await ask(attempt);
    if (asked.kind === "faulty") attempt.fail(createFaultError(asked));
    return asked;
  } catch (error) {
    attempt.fail(error);
    throw error;
  }
}
