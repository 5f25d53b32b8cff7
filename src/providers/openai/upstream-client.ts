import { type Dispatcher, Pool } from "undici";
import type { CallClock } from "./call-clock.ts";
import { convertResponseToProviderError } from "./response-error.ts";
import { parseRetryAfter } from "./retry-after.ts";

export interface UpstreamClientOptions {
  /** Where `chat/completions` is found, for instance `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** Sent with every request, for instance an organisation header. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly connections: number;
  readonly connectMs: number;
}

interface UpstreamRequest {
  readonly method: "GET" | "POST";
  /** Below the base URL, without a leading slash. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly clock: CallClock;
  readonly requestId?: string | undefined;
}

export type UpstreamResponse = Pick<Dispatcher.ResponseData, "headers" | "body">;

export interface UpstreamClient {
  /** Resolves with a 2xx answer; throws a ProviderError for another status, the transport's own error otherwise. */
  request(request: UpstreamRequest): Promise<UpstreamResponse>;
  /** Waits for answers in flight up to `deadlineMs`, then cuts them. */
  close(deadlineMs: number): Promise<void>;
}

/** Bounds whatever an upstream sends, streams too. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** Request ids come from clients: one that cannot be a header value is left out. */
const HEADER_VALUE = /^[\x21-\x7e]{1,256}$/;

/** One keep-alive connection pool to one upstream. The only `authorization` it sends is its own key. */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const url = new URL(options.baseUrl);
  const prefix = url.pathname.replace(/\/+$/, "");
  const pool = new Pool(url.origin, {
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: options.connectMs },
    // The call clock keeps time: these two would count in whole seconds.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_RESPONSE_BYTES,
  });
  const headers = createHeaders(options);

  return {
    async request({ method, path, body, clock, requestId }) {
      const sending = pool.request({
        method,
        path: `${prefix}/${path}`,
        headers:
          requestId && HEADER_VALUE.test(requestId) ? { ...headers, "x-request-id": requestId } : headers,
        body: body ?? null,
        signal: clock.signal,
      });
      const response = await Promise.race([sending, clock.aborted]);
      // A body that fails while nobody reads it must not end the process; readers see the error all the same.
      response.body.on("error", () => {});
      if (response.statusCode >= 200 && response.statusCode < 300) return response;
      throw convertResponseToProviderError({
        status: response.statusCode,
        text: await response.body.text(),
        retryAfterMs: parseRetryAfter(response.headers, Date.now()),
        secret: options.apiKey,
      });
    },
    close: (deadlineMs) => closePool(pool, deadlineMs),
  };
}

function createHeaders({ apiKey, headers }: UpstreamClientOptions): Record<string, string> {
  return {
    ...headers,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
  };
}

async function closePool(pool: Pool, deadlineMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), deadlineMs);
  const outcome = await Promise.race([pool.close(), late]);
  clearTimeout(timer);
  if (outcome === "late") await pool.destroy();
}
