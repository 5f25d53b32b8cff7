/** The envelope every error answer has; all four keys are required by OpenAI's specification. */
export type ErrorEnvelope = {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
};

export interface OpenAiErrorData {
  readonly status: number;
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** An error that already knows its HTTP answer. Thrown anywhere at the edge, rendered only by `convertErrorToEnvelope`. */
export class OpenAiError extends Error {
  override readonly name = "OpenAiError";
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, data: OpenAiErrorData) {
    super(message, { cause: data.cause });
    this.status = data.status;
    this.type = data.type ?? pickErrorType(data.status);
    this.param = data.param ?? null;
    this.code = data.code ?? null;
    this.retryAfterMs = data.retryAfterMs;
  }
}

function pickErrorType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

export function convertErrorToEnvelope(error: OpenAiError): ErrorEnvelope {
  return { error: { message: error.message, type: error.type, param: error.param, code: error.code } };
}
