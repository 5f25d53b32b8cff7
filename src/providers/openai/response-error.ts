import { errorEnvelopeSchema } from "../../protocol/openai-error.ts";
import { ProviderError, type ProviderErrorKind } from "../provider-error.ts";

/** What an upstream said about its failure; every field may be missing. */
interface UpstreamComplaint {
  readonly message: string | null;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
}

export interface UpstreamFailure {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs?: number | undefined;
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
  });
}

/** An `error` object where an answer or a chunk should be; null when `value` holds none. */
export function convertErrorBodyToProviderError(
  value: unknown,
  { kind, secret }: { kind: ProviderErrorKind; secret?: string | undefined },
): ProviderError | null {
  const envelope = errorEnvelopeSchema.safeParse(value);
  if (!envelope.success) return null;
  const complaint = convertToComplaint(envelope.data.error);
  const said = redact(complaint.message ?? "", secret);
  return new ProviderError(`The upstream answered with an error: ${said}`, {
    kind,
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
  return code === "model_not_found" || /\bmodel\b/i.test(message ?? "");
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

const silence: UpstreamComplaint = { message: null, type: null, param: null, code: null };

function parseComplaint(text: string): UpstreamComplaint {
  try {
    const value: unknown = JSON.parse(text);
    const envelope = errorEnvelopeSchema.safeParse(value);
    if (envelope.success) return convertToComplaint(envelope.data.error);
    // Older vLLM puts the fields at the top.
    const bare = errorEnvelopeSchema.safeParse({ error: value });
    return bare.success ? convertToComplaint(bare.data.error) : silence;
  } catch {
    // An HTML page of a proxy: the status has to say it all.
    return silence;
  }
}

function convertToComplaint(error: {
  message: string;
  type?: string | null | undefined;
  param?: string | null | undefined;
  code?: string | number | null | undefined;
}): UpstreamComplaint {
  // llama-server and vLLM repeat the status as a numeric code; OpenAI's codes are words.
  const code = typeof error.code === "string" ? error.code : null;
  return { message: error.message, type: error.type ?? null, param: error.param ?? null, code };
}
