import fc from "fast-check";

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** Good requests, from which most of the bad ones are made. */
const goodBodies: Readonly<Record<string, object>> = {
  "/v1/chat/completions": {
    model: "stylist",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "hi" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c", content: "42" },
    ],
    stream: false,
    stream_options: { include_usage: true },
    temperature: 0.5,
    top_p: 1,
    max_tokens: 4,
    n: 1,
    seed: 7,
    stop: ["\n"],
    logit_bias: { "5": 1 },
    logprobs: false,
    response_format: {
      type: "json_schema",
      json_schema: { name: "x", schema: { type: "object", properties: { a: { type: "string" } } } },
    },
    tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }],
    tool_choice: "auto",
    user: "u",
    metadata: { a: "b" },
  },
  "/v1/responses": {
    model: "stylist",
    input: [
      { role: "user", content: [{ type: "input_text", text: "hi" }] },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "42" },
    ],
    instructions: "Be brief.",
    stream: false,
    max_output_tokens: 4,
    tools: [{ type: "function", name: "f", parameters: {} }],
    text: { format: { type: "json_object" } },
    include: [],
    store: false,
  },
  "/v1/completions": {
    model: "stylist",
    prompt: ["a", "b"],
    max_tokens: 4,
    n: 1,
    logprobs: 1,
    echo: true,
    stop: "x",
  },
  "/v1/embeddings": { model: "stylist", input: ["a", "b"], encoding_format: "float", dimensions: 3 },
  "/generate": {
    form: { preparing_for: "a wedding", budget: "200" },
    profile: { age: 30 },
    outfits: 1,
    envelope: false,
  },
  "/v1/feedback": { inference_id: "chatcmpl-0", score: 0.5, verdict: "accept", comment: "fine" },
};

/** Values that have broken parsers, databases and headers before. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    0.1,
    "",
    " ",
    "\u0000",
    "\ud800",
    "__proto__",
    "x".repeat(5000),
    "👗".repeat(50),
    [],
    {},
    [[]],
    [null],
    { type: "text" },
    { role: "user" },
    { type: "function" },
    { $ref: "#" },
    { type: "object", properties: { a: { $ref: "#/nowhere" } } },
    { type: ["object", 1] },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

type Path = readonly (string | number)[];

function listPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, child]) =>
    listPaths(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...inner];
}

/** A copy with the value at the path replaced; `undefined` takes it out. */
function replaceAt(value: unknown, [key, ...rest]: Path, put: unknown): unknown {
  if (key === undefined) return put;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? replaceAt(item, rest, put) : item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, child]) => [
    name,
    name === key ? replaceAt(child, rest, put) : child,
  ]);
  return Object.fromEntries(entries);
}

/** A good body with one to three of its values replaced, taken out or added to. */
function mutate(good: object): fc.Arbitrary<unknown> {
  const paths = listPaths(good);
  const change = fc.record({
    path: fc.constantFrom(...paths),
    put: fc.oneof({ weight: 4, arbitrary: oddValue }, { weight: 1, arbitrary: fc.constant(undefined) }),
  });
  const extra = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "tailor_x")),
    oddValue,
    { maxKeys: 2 },
  );
  return fc
    .tuple(fc.array(change, { maxLength: 3 }), extra, fc.constantFrom(false, true))
    .map(([changes, more, stream]) => {
      const changed = changes.reduce<unknown>((value, { path, put }) => replaceAt(value, path, put), good);
      if (typeof changed !== "object" || changed === null || Array.isArray(changed)) return changed;
      return { ...changed, ...more, ...(stream && { stream }) };
    });
}

const encoder = new TextEncoder();

/** The text as it is, cut, with bytes spoilt, with a key twice, or nested. */
function spoil(text: string): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const bytes = encoder.encode(text);
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(bytes) },
    { weight: 1, arbitrary: fc.nat(bytes.length).map((end) => bytes.slice(0, end)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.nat(Math.max(0, bytes.length - 1)), fc.nat(255)).map(([at, byte]) => {
        const spoilt = bytes.slice();
        spoilt[at] = byte;
        return spoilt;
      }),
    },
    { weight: 1, arbitrary: fc.constant(encoder.encode(text.replace("{", '{"model":"stylist",'))) },
    {
      weight: 1,
      arbitrary: fc.nat(200).map((depth) => encoder.encode("[".repeat(depth) + text + "]".repeat(depth))),
    },
    { weight: 1, arbitrary: fc.constant(encoder.encode(`\ufeff${text}`)) },
  );
}

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes));

/** Header values as they may stand on the wire: Latin-1 without control characters. */
const headerValue = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f && (code < 0x80 || code > 0x9f))
    .map((code) => String.fromCharCode(code)),
  maxLength: 80,
});

const headers = fc
  .record(
    {
      "content-type": fc.oneof(
        { weight: 10, arbitrary: fc.constant("application/json") },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            "application/json; charset=utf-8",
            "text/plain",
            "APPLICATION/JSON",
            "application/vnd.api+json",
          ),
        },
        { weight: 1, arbitrary: headerValue },
      ),
      "x-request-id": headerValue,
      "x-tailor-sticky-key": headerValue,
      "x-tailor-no-log": headerValue,
      "x-tailor-envelope": fc.constantFrom("data", "1"),
      "cache-control": fc.constantFrom("no-store", "no-cache", "max-age=0"),
      "content-encoding": fc.constantFrom("identity", "gzip", "br"),
      authorization: headerValue.map((value) => `Bearer ${value}`),
      accept: fc.constantFrom("text/event-stream", "application/json", "*/*"),
    },
    { requiredKeys: [] },
  )
  .map((given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()])));

/** Most with the right content type: the others end early. */
const usualHeaders = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ "content-type": "application/json" }) },
  { weight: 1, arbitrary: headers },
);

const posts = fc
  .constantFrom(
    ...Object.entries(goodBodies),
    ...Array<[string, object]>(6).fill(["/v1/chat/completions", goodBodies["/v1/chat/completions"] ?? {}]),
  )
  .chain(([path, good]) =>
    fc.record({
      method: fc.constant("POST"),
      path: fc.constant(path),
      headers: usualHeaders,
      body: fc.oneof(
        { weight: 20, arbitrary: mutate(good).chain((value) => spoil(JSON.stringify(value) ?? "")) },
        { weight: 2, arbitrary: fc.json().chain(spoil) },
        { weight: 1, arbitrary: anyBytes },
        { weight: 1, arbitrary: fc.constant(null) },
      ),
    }),
  );

const pathText = fc.oneof(
  fc.constantFrom(
    "/v1/models",
    "/v1/models/stylist",
    "/v1/models/a%2Fb",
    "/v1/models/%00",
    "/v1/",
    "/v1",
    "/",
    "/v1/files",
    "/readyz",
    "/healthz",
  ),
  fc.webPath(),
  fc.webPath().map((path) => `/v1${path}`),
);

const others = fc.record({
  method: fc.constantFrom("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "POST"),
  path: pathText,
  headers,
  body: fc.constant(null),
});

/** What people, programs and scanners send: mostly good requests with something wrong in them. */
export const arbitraryRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  { weight: 12, arbitrary: posts },
  { weight: 1, arbitrary: others },
);
