import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { createUuidV7 } from "../protocol/ids.ts";
import type { Provider, ProviderCall } from "../providers/provider.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { Target } from "../routing/route.ts";
import { createAttemptSignal } from "./attempt-signal.ts";
import type { InferenceTrace } from "./inference-trace.ts";

/** One call to one target, on the clock and in the log. */
export interface Attempt {
  readonly target: Target;
  readonly provider: Provider;
  readonly call: ProviderCall;
  markFirstToken(): void;
  /** Exactly one of these ends it; later calls do nothing. */
  succeed(): void;
  fail(error: unknown): void;
}

export interface AttemptOptions {
  readonly trace: InferenceTrace;
  readonly target: Target;
  readonly provider: Provider;
  readonly request: ChatCompletionRequest;
  readonly now: () => number;
}

export function startAttempt({ trace, target, provider, request, now }: AttemptOptions): Attempt {
  const { intake, attempts } = trace;
  const { signal, release } = createAttemptSignal(intake.signal, intake.route.timeoutMs);
  const startedAt = now();
  const sequence = attempts.length;
  let ttftMs: number | null = null;
  let retries = 0;
  let isOver = false;

  function end(status: number | null, errorKind: string | null): void {
    if (isOver) return;
    isOver = true;
    release();
    attempts.push({
      id: createUuidV7(startedAt),
      sequence,
      target: target.id,
      provider: provider.id,
      model: target.model,
      status,
      errorKind,
      retries,
      latencyMs: now() - startedAt,
      ttftMs,
      startedAt,
    });
  }

  return {
    target,
    provider,
    call: {
      request,
      clientBody: intake.clientBody,
      model: target.model,
      signal,
      priority: "primary",
      constraint: pickConstraint(trace, provider) ?? undefined,
      timeouts: intake.route.streamTimeouts,
      requestId: intake.requestId,
      onRetry: () => {
        retries += 1;
      },
    },
    markFirstToken: () => {
      ttftMs ??= now() - startedAt;
    },
    succeed: () => end(200, null),
    fail: (error) => {
      if (error instanceof ProviderError) end(error.status ?? null, error.kind);
      else end(null, intake.signal.aborted ? "client_gone" : "internal");
    },
  };
}

function pickConstraint({ intake }: InferenceTrace, provider: Provider) {
  if (provider.kind !== "llama-cpp" || !intake.route.constraints) return null;
  return intake.recognise()?.createConstraint() ?? null;
}
