/** How a scripted upstream answers one request. Plain JSON, so that a parent process can send it to a child. */
export type UpstreamScript =
  /** A good answer, whole or streamed as the request asks. */
  | {
      readonly kind: "answer";
      readonly content?: string;
      readonly finishReason?: string;
      /** Before the headers. */
      readonly delayMs?: number;
      /** Between the headers and the first event of a stream. */
      readonly firstTokenMs?: number;
      /** Between two events of a stream; a whole answer waits as long in all. */
      readonly tokenMs?: number;
      /** Writes events in pieces of this many bytes, to cut characters and line ends. */
      readonly pieceBytes?: number;
      readonly lineEnd?: "\n" | "\r\n";
      /** Leaves `[DONE]` out. */
      readonly noDone?: boolean;
      /** Sends the usage chunk though nobody asked. */
      readonly alwaysUsage?: boolean;
      readonly logprobs?: unknown;
    }
  /** A stream that stops after so many events: by a clean end of the body, a broken connection or silence. */
  | {
      readonly kind: "cut";
      readonly afterEvents: number;
      readonly how: "end" | "reset" | "hang";
      readonly thenDone?: boolean;
    }
  /** A stream that turns into an error frame after so many events. */
  | { readonly kind: "error-frame"; readonly afterEvents: number; readonly message?: string }
  /** Headers and body as given. */
  | {
      readonly kind: "raw";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The connection breaks: before any byte, or behind the headers and half of the body. */
  | { readonly kind: "reset"; readonly when: "before-headers" | "in-body" }
  /** Takes the request and never says another word. */
  | { readonly kind: "hang"; readonly after: "request" | "headers" };

const error = (message: string, fields: object = {}) =>
  JSON.stringify({ error: { message, type: "upstream_said_so", param: null, code: null, ...fields } });
const json = (value: object): UpstreamScript => ({ kind: "raw", status: 200, body: JSON.stringify(value) });
const status = (code: number, body: string, headers: Record<string, string> = {}): UpstreamScript => ({
  kind: "raw",
  status: code,
  body,
  headers,
});

/** The usual ways an upstream goes wrong, by name. */
export const upstreamFaults = {
  badKey: status(401, error("Incorrect API key provided: sk-secret", { code: "invalid_api_key" })),
  forbidden: status(403, error("Not for you")),
  badRequest: status(
    400,
    error("Invalid 'temperature'.", {
      type: "invalid_request_error",
      param: "temperature",
      code: "decimal_above_max_value",
    }),
  ),
  tooLong: status(400, error("Too many tokens.", { param: "messages", code: "context_length_exceeded" })),
  rateLimited: status(429, error("Slow down.", { code: "rate_limit_exceeded" })),
  rateLimitedSeconds: status(429, error("Slow down."), { "retry-after": "7" }),
  rateLimitedMilliseconds: status(429, error("Slow down."), { "retry-after-ms": "1500", "retry-after": "7" }),
  serverError: status(500, error("Stack trace of the upstream")),
  unavailable: status(503, "<html>no healthy upstream</html>", { "content-type": "text/html" }),
  noSuchPath: status(404, '{"detail":"Not Found"}'),
  notJson: status(200, "hello"),
  halfJson: status(200, '{"id":"chatcmpl-1","object":"chat.comp'),
  wrongShape: json({ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices: "none" }),
  emptyChoices: json({ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices: [] }),
  errorBody: status(200, error("Something broke", { code: "server_error" })),
  emptyBody: status(200, ""),
  resetBefore: { kind: "reset", when: "before-headers" },
  resetInBody: { kind: "reset", when: "in-body" },
  cutCleanly: { kind: "cut", afterEvents: 3, how: "end" },
  cutBroken: { kind: "cut", afterEvents: 3, how: "reset" },
  cutSilently: { kind: "cut", afterEvents: 3, how: "hang" },
  doneTooEarly: { kind: "cut", afterEvents: 3, how: "end", thenDone: true },
  errorFrame: { kind: "error-frame", afterEvents: 3 },
  hang: { kind: "hang", after: "request" },
  hangAfterHeaders: { kind: "hang", after: "headers" },
} as const satisfies Record<string, UpstreamScript>;

/** A plan that passes the stylist's hard checks for a casual brief up to 300. */
export const planContent = JSON.stringify({
  outfits: [
    {
      looks: "casual weekend",
      description: "Relaxed pieces for a casual weekend walk.",
      items: [
        { query: "cotton crew neck t-shirt", key: "top", type: "top", min: "20", max: "40", brand: "Uniqlo" },
        {
          query: "slim straight jeans",
          key: "bottom",
          type: "bottom",
          min: "50",
          max: "90",
          brand: "Levi's",
        },
        {
          query: "white leather sneakers",
          key: "shoes",
          type: "shoes",
          min: "60",
          max: "110",
          brand: "Adidas",
        },
      ],
    },
  ],
});
