import { ProviderError } from "../providers/provider-error.ts";

export interface AttemptSignal {
  readonly signal: AbortSignal;
  /** Frees the timer and the listener; call it when the attempt is over. */
  release(): void;
}

/** Joins the client's signal with the attempt's own time limit. Hand-made: `AbortSignal.any` keeps its parts alive. */
export function createAttemptSignal(client: AbortSignal, timeoutMs: number): AttemptSignal {
  const controller = new AbortController();
  const onClientAbort = () => controller.abort(client.reason);
  const timer = setTimeout(() => {
    controller.abort(new ProviderError(`No answer within ${timeoutMs} ms.`, { kind: "timeout" }));
  }, timeoutMs);
  if (client.aborted) onClientAbort();
  else client.addEventListener("abort", onClientAbort, { once: true });
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      client.removeEventListener("abort", onClientAbort);
    },
  };
}
