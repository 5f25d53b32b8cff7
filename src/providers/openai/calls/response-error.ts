import { z } from "zod";
import { ProviderError, type ProviderErrorKind } from "../../provider-error.ts";

/** What an upstream said about its failure; every field may be missing. */
interface UpstreamComplaint {
  readonly message: string | null;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
  /** A status inside the body: llama-server and vLLM repeat it there, also in the middle of a stream. */
  readonly status: number | null;
}

export interface UpstreamFailure {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs?: number | undefined;
  readonly shouldRetry?: boolean | undefined;
  readonly rateLimits?: Readonly<Record<string, string>> | undefined;
  /** Never repeated in a message, whatever the upstream echoes. */
  readonly secret?: string | undefined;
}

const MAX_MESSAGE_LENGTH = 1000;

/** A status other than 2xx as a ProviderError. */
export function convertResponseToProviderError(failure: UpstreamFailure): ProviderError {
  const complaint = parseComplaint(failure.text);
  const kind = pickKind(failure.status, complaint);
  return new ProviderError(pickMessage({ kind, failure, complaint }), {
    kind,
    status: failure.status,
    code: kind === "context_length_exceeded" ? "context_length_exceeded" : complaint.code,
    param: complaint.param,
    type: complaint.type ?? undefined,
    retryAfterMs: failure.retryAfterMs,
    shouldRetry: failure.shouldRetry,
    rateLimits: failure.rateLimits,
  });
}

/** An `error` where an answer or a chunk should be; null when `value` holds none. `kind` is for errors without a status. */
export function convertErrorBodyToProviderError(
  value: unknown,
  { kind, secret }: { kind: ProviderErrorKind; secret?: string | undefined },
): ProviderError | null {
  const complaint = readComplaint(value);
  if (complaint === null) return null;
  const said = redact(complaint.message ?? "", secret);
  const isTelling = complaint.status !== null || isContextLength(complaint);
  return new ProviderError(`The upstream answered with an error: ${said}`, {
    kind: isTelling ? pickKind(complaint.status ?? 400, complaint) : kind,
    code: complaint.code,
    param: complaint.param,
    type: complaint.type ?? undefined,
  });
}

function pickKind(status: number, complaint: UpstreamComplaint): ProviderErrorKind {
  if (isContextLength(complaint)) return "context_length_exceeded";
  if (status === 401 || status === 402 || status === 403) return "authentication";
  if (status === 404) return isAboutModel(complaint) ? "model_not_found" : "upstream_error";
  if (status === 408) return "timeout";
  if (status === 429) return "rate_limited";
  return status === 400 || status === 413 || status === 422 ? "invalid_request" : "upstream_error";
}

/** OpenAI and vLLM have a code or a sentence for it, llama-server a type. */
function isContextLength({ code, type, message }: UpstreamComplaint): boolean {
  if (code === "context_length_exceeded" || type === "exceed_context_size_error") return true;
  return message !== null && /maximum context length/i.test(message);
}

function isAboutModel({ code, message }: UpstreamComplaint): boolean {
  // The second is Azure's.
  if (code === "model_not_found" || code === "DeploymentNotFound") return true;
  return /\bmodel\b/i.test(message ?? "");
}

/** The upstream's own words only where they help the client; elsewhere they may name keys, hosts or internals. */
function pickMessage(options: {
  kind: ProviderErrorKind;
  failure: UpstreamFailure;
  complaint: UpstreamComplaint;
}): string {
  const { kind, failure, complaint } = options;
  const said = complaint.message === null ? null : redact(complaint.message, failure.secret);
  switch (kind) {
    case "invalid_request":
    case "context_length_exceeded":
    case "rate_limited":
    case "model_not_found":
      return said ?? `The upstream answered with status ${failure.status}.`;
    case "authentication":
      return "The upstream refused the gateway's credentials.";
    default:
      return `The upstream answered with status ${failure.status}.`;
  }
}

function redact(message: string, secret: string | undefined): string {
  const safe = secret ? message.replaceAll(secret, "[key]") : message;
  return safe.length > MAX_MESSAGE_LENGTH ? `${safe.slice(0, MAX_MESSAGE_LENGTH)}…` : safe;
}

const silence: UpstreamComplaint = { message: null, type: null, param: null, code: null, status: null };

function parseComplaint(text: string): UpstreamComplaint {
  try {
    const value: unknown = JSON.parse(text);
    // Older vLLM puts the fields at the top, FastAPI's own errors are a `detail`.
    return readComplaint(value) ?? readComplaint({ error: value }) ?? readDetail(value) ?? silence;
  } catch {
    // An HTML page of a proxy: the status has to say it all.
    return silence;
  }
}

const errorFieldsSchema = z.looseObject({
  message: z.string(),
  type: z.string().nullish(),
  param: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
});
const detailSchema = z.object({ detail: z.string() });

/** An object with an `error` in it: fields as OpenAI has them, or one sentence as Ollama's own interface has it. */
function readComplaint(value: unknown): UpstreamComplaint | null {
  // Every chunk of every stream comes by here: the schema is for those that carry an error.
  if (typeof value !== "object" || value === null || !("error" in value) || !value.error) return null;
  if (typeof value.error === "string") return { ...silence, message: value.error };
  const fields = errorFieldsSchema.safeParse(value.error);
  if (!fields.success) return null;
  const { message, type, param, code } = fields.data;
  return {
    message,
    type: type ?? null,
    param: param ?? null,
    // OpenAI's codes are words.
    code: typeof code === "string" ? code : null,
    status: typeof code === "number" && code >= 400 && code <= 599 ? code : null,
  };
}

function readDetail(value: unknown): UpstreamComplaint | null {
  const detail = detailSchema.safeParse(value);
  return detail.success ? { ...silence, message: detail.data.detail } : null;
}
