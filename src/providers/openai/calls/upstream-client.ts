import { type Dispatcher, Pool } from "undici";
import type { ForwardCall, ForwardedAnswer } from "../../provider.ts";
import { pickRateLimits } from "./rate-limits.ts";
import { convertResponseToProviderError } from "./response-error.ts";
import { parseRetryAfter } from "./retry-after.ts";

export interface ConnectionOptions {
  /** Most connections at once; further calls queue on the clock of their own timeouts. */
  readonly connections: number;
  readonly connectMs: number;
  /** How long a connection may rest before it is given up; an upstream's own `keep-alive` hint goes first. */
  readonly keepAliveMs: number;
  /** PEM certificates to trust instead of the public ones: a private authority. */
  readonly ca?: string | undefined;
}

export interface UpstreamClientOptions extends ConnectionOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Sent with every request: the key, an organisation. */
  readonly headers: Readonly<Record<string, string>>;
  /** The upstream's key, kept out of messages. */
  readonly secret: string | undefined;
}

export interface UpstreamRequest {
  readonly method: "GET" | "POST";
  /** With the query. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** Rejects with the signal's reason: a request that queues for a connection does not hear the signal itself. */
  readonly aborted: Promise<never>;
  readonly requestId?: string | undefined;
}

export type UpstreamResponse = Pick<Dispatcher.ResponseData, "headers" | "body">;

export interface UpstreamClient {
  /** Resolves with a 2xx answer; throws a ProviderError for another status, the transport's own error otherwise. */
  request(request: UpstreamRequest): Promise<UpstreamResponse>;
  /** Resolves with whatever answer came, its body unread; throws the transport's own error when none did. */
  forward(request: ForwardCall): Promise<ForwardedAnswer>;
  /** Waits for answers in flight up to `deadlineMs`, then cuts them. */
  close(deadlineMs: number): Promise<void>;
}

/** Bounds whatever an upstream sends, streams too. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** Request ids come from clients: one that cannot be a header value is left out. */
const HEADER_VALUE = /^[\x21-\x7e]{1,256}$/;

/** One keep-alive connection pool to one upstream. */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { origin, connections, connectMs, keepAliveMs, ca, secret } = options;
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    connect: { timeout: connectMs, ...(ca === undefined ? {} : { ca }) },
    // The call clock keeps time: these two would count in whole seconds.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_RESPONSE_BYTES,
  });
  const headers = {
    "user-agent": "tailor",
    ...options.headers,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };

  return {
    async request({ method, path, body, signal, aborted, requestId }) {
      const sending = pool.request({
        method,
        path,
        headers:
          requestId && HEADER_VALUE.test(requestId) ? { ...headers, "x-request-id": requestId } : headers,
        body: body ?? null,
        signal,
      });
      const response = await Promise.race([sending, aborted]);
      // A body that fails while nobody reads it must not end the process; readers see the error all the same.
      response.body.on("error", () => {});
      if (response.statusCode >= 200 && response.statusCode < 300) return response;
      throw convertResponseToProviderError({
        status: response.statusCode,
        text: await response.body.text(),
        retryAfterMs: parseRetryAfter(response.headers, Date.now()),
        shouldRetry: readShouldRetry(response.headers["x-should-retry"]),
        rateLimits: pickRateLimits(response),
        secret,
      });
    },
    async forward({ method, path, headers: given, body, signal }) {
      const response = await pool.request({
        // Node's own server lets only real methods in.
        method: method as Dispatcher.HttpMethod,
        path,
        headers: { ...given, ...options.headers },
        body,
        signal,
      });
      response.body.on("error", () => {});
      return { status: response.statusCode, headers: response.headers, body: response.body };
    },
    close: (deadlineMs) => closePool(pool, deadlineMs),
  };
}

/** OpenAI says with every error whether asking again makes sense. */
function readShouldRetry(header: string | string[] | undefined): boolean | undefined {
  if (header === "true") return true;
  return header === "false" ? false : undefined;
}

async function closePool(pool: Pool, deadlineMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), deadlineMs);
  const outcome = await Promise.race([pool.close(), late]);
  clearTimeout(timer);
  if (outcome === "late") await pool.destroy();
}
