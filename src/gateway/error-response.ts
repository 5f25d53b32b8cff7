import { convertErrorToEnvelope, OpenAiError } from "../protocol/openai-error.ts";
import { ProviderError, type ProviderErrorKind } from "../providers/provider-error.ts";

/** What goes to the client when a request fails: the only place where errors become HTTP. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The OpenAI envelope as JSON text. */
  readonly body: string;
}

interface KindAnswer {
  readonly status: number;
  readonly code: string;
  /** Null: the provider's own message is written for the caller and may be passed on. */
  readonly message: string | null;
  /** Whether asking again soon can help; the official clients obey `x-should-retry`. */
  readonly shouldRetry: boolean;
}

const KIND_ANSWERS: Readonly<Record<ProviderErrorKind, KindAnswer>> = {
  invalid_request: { status: 400, code: "invalid_request", message: null, shouldRetry: false },
  context_length_exceeded: {
    status: 400,
    code: "context_length_exceeded",
    message: null,
    shouldRetry: false,
  },
  model_not_found: { status: 404, code: "model_not_found", message: null, shouldRetry: false },
  // An upstream's own text may quote the key, so it stays inside.
  authentication: {
    status: 502,
    code: "upstream_authentication",
    message: "The upstream refused the gateway's credentials.",
    shouldRetry: false,
  },
  rate_limited: {
    status: 429,
    code: "rate_limit_exceeded",
    message: "The upstream's rate limit is reached. Try again later.",
    shouldRetry: true,
  },
  overloaded: {
    status: 429,
    code: "overloaded",
    message: "All slots are busy and the queue is full. Try again later.",
    shouldRetry: true,
  },
  timeout: {
    status: 504,
    code: "timeout",
    message: "The model did not answer in time.",
    shouldRetry: false,
  },
  unavailable: {
    status: 503,
    code: "unavailable",
    message: "No model is available for this request right now.",
    shouldRetry: true,
  },
  invalid_response: {
    status: 502,
    code: "invalid_response",
    message: "No target gave an answer in the asked format.",
    shouldRetry: false,
  },
  upstream_error: {
    status: 502,
    code: "upstream_error",
    message: "The upstream answered with an error.",
    shouldRetry: true,
  },
};

/** Codes of the local engine: its messages are written for callers and say what is wrong with which model. */
const OWN_CODES = new Set(["engine_unavailable", "model_not_loaded"]);

/** Any thrown thing to the error a client may see; nothing unknown leaks. */
export function convertToOpenAiError(error: unknown): OpenAiError {
  if (error instanceof OpenAiError) return error;
  if (error instanceof ProviderError) return convertProviderError(error);
  return new OpenAiError("The gateway failed to handle this request.", {
    status: 500,
    code: "internal_error",
    cause: error,
  });
}

function convertProviderError(error: ProviderError): OpenAiError {
  const answer = KIND_ANSWERS[error.kind];
  const isCallersFault = answer.message === null;
  const ownMessage = OWN_CODES.has(error.code ?? "") ? error.message : null;
  return new OpenAiError(ownMessage ?? answer.message ?? error.message, {
    status: answer.status,
    code: isCallersFault ? (error.code ?? answer.code) : answer.code,
    param: isCallersFault ? error.param : null,
    retryAfterMs: error.retryAfterMs ?? (answer.status === 503 || answer.status === 429 ? 1000 : undefined),
    cause: error,
  });
}

function isRetryWorthwhile(error: unknown, status: number): boolean {
  if (error instanceof ProviderError) return KIND_ANSWERS[error.kind].shouldRetry;
  return status === 429 || status === 503;
}

export function createErrorAnswer(error: unknown, requestId: string | undefined): ErrorAnswer {
  const openAiError = convertToOpenAiError(error);
  const headers: Record<string, string> = {
    ...(error instanceof ProviderError && error.kind === "rate_limited" ? error.rateLimits : {}),
    "content-type": "application/json",
    "x-should-retry": String(isRetryWorthwhile(error, openAiError.status)),
  };
  if (requestId !== undefined) headers["x-request-id"] = requestId;
  if (openAiError.retryAfterMs !== undefined) {
    headers["retry-after-ms"] = String(Math.ceil(openAiError.retryAfterMs));
    headers["retry-after"] = String(Math.max(1, Math.ceil(openAiError.retryAfterMs / 1000)));
  }
  return { status: openAiError.status, headers, body: JSON.stringify(convertErrorToEnvelope(openAiError)) };
}

export function createErrorResponse(error: unknown, requestId: string | undefined): Response {
  const { status, headers, body } = createErrorAnswer(error, requestId);
  return new Response(body, { status, headers });
}
