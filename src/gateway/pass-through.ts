import type { ForwardCall, ForwardedAnswer, Provider } from "../providers/provider.ts";
import { createAttemptSignal } from "./attempt-signal.ts";
import { type GatewayContext, readHeader } from "./gateway-env.ts";
import type { RequestTaker } from "./take-request.ts";
import { sendStream } from "./write-stream.ts";

export interface PassThroughOptions {
  readonly taker: RequestTaker;
  /** Must be able to forward. */
  readonly provider: Provider | undefined;
  /** From the request to the answer's last byte. */
  readonly timeoutMs: number;
}

/** Answers a request no endpoint of ours takes; null where it is not for an upstream either. */
export type PassThrough = (c: GatewayContext) => Promise<Response> | null;

/** All that goes on to the upstream: neither credentials nor what belongs to one connection or to us. */
const REQUEST_HEADERS = [
  "content-type",
  "accept",
  "accept-encoding",
  "openai-beta",
  "idempotency-key",
  "range",
];
/** What belongs to one connection, or would set cookies for us. */
const DROPPED_HEADERS = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-request-id",
]);
const BODYLESS_METHODS = new Set(["GET", "HEAD"]);

/** Other paths below `/v1` go to the upstream as they are and come back as they are, byte by byte. */
export function createPassThrough({ taker, provider, timeoutMs }: PassThroughOptions): PassThrough {
  if (provider?.forward === undefined) return () => null;
  const { forward } = provider;
  return (c) => {
    const path = readPath(c);
    if (path === null) return null;
    return taker.handle(c, async ({ readBytes, signal, requestId }) => {
      const body = BODYLESS_METHODS.has(c.req.method) ? null : await readBytes();
      const limited = createAttemptSignal(signal, timeoutMs);
      try {
        const headers = pickRequestHeaders(c);
        const call: ForwardCall = { method: c.req.method, path, headers, body, signal: limited.signal };
        const answer = await forward(call);
        return await sendStream(c, {
          status: answer.status,
          headers: {
            ...pickAnswerHeaders(answer),
            "x-request-id": requestId,
            "x-tailor-target": provider.id,
          },
          texts: readToEnd(answer, limited.release),
        });
      } catch (error) {
        limited.release();
        throw error;
      }
    });
  };
}

/** What stands behind `/v1/`, with the query. */
function readPath(c: GatewayContext): string | null {
  const { pathname, search } = new URL(c.req.url);
  return pathname.startsWith("/v1/") && pathname.length > 4 ? pathname.slice(4) + search : null;
}

function pickRequestHeaders(c: GatewayContext): Record<string, string> {
  const given = REQUEST_HEADERS.flatMap((name) => {
    const value = readHeader(c, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

function pickAnswerHeaders({ headers }: ForwardedAnswer): Record<string, string> {
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || DROPPED_HEADERS.has(name)
      ? []
      : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return Object.fromEntries(kept);
}

async function* readToEnd({ body }: ForwardedAnswer, release: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    release();
  }
}
