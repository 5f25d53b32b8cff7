import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { UpstreamTimeouts } from "../../src/providers/openai/calls/call-clock.ts";
import { createOpenAiProvider } from "../../src/providers/openai/create-openai-provider.ts";
import { reserveRefusedUrl, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { type UpstreamScript, upstreamFaults } from "../support/upstream-script.ts";
import { startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let tailor: TestGateway | undefined;

beforeEach(async () => {
  first = await startUpstream(answerWith("from the first"));
  second = await startUpstream(answerWith("from the second"));
});
afterEach(async () => {
  await tailor?.close();
  await Promise.all([first.close(), second.close()]);
});

const patient = { connectMs: 5000, firstTokenMs: 15_000, betweenTokensMs: 15_000, totalMs: 20_000 };
/** For the faults that are slow ones; the others get their time, however busy the machine is. */
const pickTimeouts = ({ code }: Pick<Outcome, "code">) =>
  code === "timeout" ? { firstTokenMs: 200, totalMs: 400 } : {};

async function start(options: {
  fallback: string[];
  baseUrl?: string;
  retries?: number;
  /** The first target's. */
  timeouts?: Partial<UpstreamTimeouts>;
  streamTimeouts?: object;
}): Promise<TestGateway> {
  const create = (target: { id: string; baseUrl: string; timeouts?: Partial<UpstreamTimeouts> }) =>
    createOpenAiProvider({
      ...target,
      licenseClass: "unknown",
      timeouts: { ...patient, ...target.timeouts },
      retries: { max: options.retries ?? 0, baseMs: 1 },
    });
  const { baseUrl = first.baseUrl, timeouts } = options;
  const providers = [
    create({ id: "first", baseUrl, timeouts }),
    create({ id: "second", baseUrl: second.baseUrl }),
  ];
  tailor = await startTestGateway({
    providers,
    route: { fallback: options.fallback, streamTimeouts: options.streamTimeouts, timeoutMs: 25_000 },
  });
  return tailor;
}

const request = { model: "gpt-4o-mini", messages: [{ role: "user", content: "hello" }] };

interface Outcome {
  readonly status: number;
  readonly code: string | null;
  readonly retryAfterMs?: string;
}

/** What a client sees of each fault when no other target is left, before any byte of an answer. */
const faults: [name: string, script: UpstreamScript, outcome: Outcome][] = [
  [
    "429 without retry-after",
    upstreamFaults.rateLimited,
    { status: 429, code: "rate_limit_exceeded", retryAfterMs: "1000" },
  ],
  [
    "429 with retry-after",
    upstreamFaults.rateLimitedSeconds,
    { status: 429, code: "rate_limit_exceeded", retryAfterMs: "7000" },
  ],
  ["500", upstreamFaults.serverError, { status: 502, code: "upstream_error" }],
  ["503", upstreamFaults.unavailable, { status: 502, code: "upstream_error" }],
  ["a reset", upstreamFaults.resetBefore, { status: 503, code: "unavailable" }],
  ["half JSON", upstreamFaults.halfJson, { status: 502, code: "invalid_response" }],
  ["no JSON", upstreamFaults.notJson, { status: 502, code: "invalid_response" }],
  ["an empty body", upstreamFaults.emptyBody, { status: 502, code: "invalid_response" }],
  ["choices of another shape", upstreamFaults.wrongShape, { status: 502, code: "invalid_response" }],
  ["no choices", upstreamFaults.emptyChoices, { status: 502, code: "invalid_response" }],
  ["an error body with status 200", upstreamFaults.errorBody, { status: 502, code: "invalid_response" }],
  ["a slow first byte", { kind: "answer", delayMs: 30_000 }, { status: 504, code: "timeout" }],
  ["a bad key", upstreamFaults.badKey, { status: 502, code: "upstream_authentication" }],
];

/** These begin as a stream and fail before they say anything: still in time for a status and another target. */
const earlyStreamFaults: typeof faults = [
  ["a slow first token", { kind: "answer", firstTokenMs: 30_000 }, { status: 504, code: "timeout" }],
  [
    "an end without an event",
    { kind: "cut", afterEvents: 0, how: "end" },
    { status: 503, code: "unavailable" },
  ],
  [
    "a cut behind the role",
    { kind: "cut", afterEvents: 1, how: "reset" },
    { status: 503, code: "unavailable" },
  ],
  [
    "an error frame behind the role",
    { kind: "error-frame", afterEvents: 1 },
    { status: 502, code: "upstream_error" },
  ],
];

const lateStreamFaults: [name: string, script: UpstreamScript, code: string][] = [
  ["a clean end in the middle", upstreamFaults.cutCleanly, "unavailable"],
  ["a broken connection", upstreamFaults.cutBroken, "unavailable"],
  ["an end mark without a finish reason", upstreamFaults.doneTooEarly, "unavailable"],
  ["an error frame", upstreamFaults.errorFrame, "upstream_error"],
  ["silence between tokens", upstreamFaults.cutSilently, "timeout"],
];

describe("a fault with no other target", () => {
  const cases = [
    ...faults.flatMap(([name, script, outcome]) => [
      { name, script, outcome, stream: false },
      { name: `${name}, for a stream`, script, outcome, stream: true },
    ]),
    ...earlyStreamFaults.map(([name, script, outcome]) => ({ name, script, outcome, stream: true })),
  ];

  it.each(cases)("is told in the envelope: $name", async ({ script, outcome, stream }) => {
    const { post } = await start({ fallback: [], timeouts: pickTimeouts(outcome) });
    first.play(script);
    const response = await post("/v1/chat/completions", { ...request, stream });
    expect(response.status).toBe(outcome.status);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: expect.any(String), param: null, code: outcome.code },
    });
    if (outcome.retryAfterMs) expect(response.headers.get("retry-after-ms")).toBe(outcome.retryAfterMs);
  });

  it("is told for a refused connection, whole and streamed", async () => {
    const { post } = await start({ fallback: [], baseUrl: await reserveRefusedUrl() });
    for (const stream of [false, true]) {
      const response = await post("/v1/chat/completions", { ...request, stream });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ error: { code: "unavailable" } });
    }
  });

  it.each(lateStreamFaults)(
    "ends a stream that has begun with an error event: %s",
    async (_name, script, code) => {
      const { post } = await start({
        fallback: ["first", "second"],
        timeouts: code === "timeout" ? { betweenTokensMs: 200 } : {},
      });
      first.play(script);
      const response = await post("/v1/chat/completions", { ...request, stream: true });
      expect(response.status).toBe(200);
      const text = await response.text();
      const events = text
        .trim()
        .split("\n\n")
        .map((event) => event.replace("data: ", ""));
      expect(JSON.parse(events.at(-1) ?? "")).toMatchObject({ error: { code } });
      expect(text).not.toContain("[DONE]");
      expect(text).not.toMatch(/"finish_reason":"/);
      expect(second.requests).toHaveLength(0);
    },
  );
});

describe("a fault with another target", () => {
  it.each([...faults, ...earlyStreamFaults])(
    "is nobody's but the log's: %s",
    async (_name, script, outcome) => {
      const { post } = await start({ fallback: ["first", "second"], timeouts: pickTimeouts(outcome) });
      first.play(script);
      const response = await post("/v1/chat/completions", { ...request, stream: true });
      expect(response.status).toBe(200);
      expect(response.headers.get("x-tailor-target")).toBe("second");
      expect(response.headers.get("x-tailor-fallback")).toMatch(/^first:/);
      expect(await response.text()).toMatch(/\[DONE\]\s*$/);
    },
  );

  it("is counted against the target that failed, call by call", async () => {
    const { post, url } = await start({ fallback: ["first", "second"] });
    first.play(upstreamFaults.serverError);
    await (await post("/v1/chat/completions", { ...request, stream: true })).text();
    const text = await (await fetch(`${url}/metrics`)).text();
    const count = (labels: string) => `gen_ai_client_operation_duration_seconds_count{${labels}} 1`;
    expect(text).toContain(count('route="stylist",target="first",outcome="upstream_error"'));
    expect(text).toContain(count('route="stylist",target="second",outcome="ok"'));
    expect(text).toContain(
      'gen_ai_client_time_to_first_token_seconds_count{route="stylist",target="second"} 1',
    );
  });

  it("is none where the route waits longer for tokens than the provider", async () => {
    const { post } = await start({
      fallback: ["first", "second"],
      timeouts: { firstTokenMs: 150 },
      streamTimeouts: { firstTokenMs: 10_000 },
    });
    first.play({ kind: "answer", firstTokenMs: 400 });
    const response = await post("/v1/chat/completions", { ...request, stream: true });
    expect(response.headers.get("x-tailor-target")).toBe("first");
    await response.text();
  });

  it("goes over at once while a circuit is open", async () => {
    const { post } = await start({ fallback: ["first", "second"] });
    first.setDefault(upstreamFaults.resetBefore);
    for (let count = 0; count < 5; count += 1) await post("/v1/chat/completions", request);
    const asked = first.requests.length;
    const response = await post("/v1/chat/completions", request);
    expect(response.headers.get("x-tailor-target")).toBe("second");
    expect(first.requests).toHaveLength(asked);
  });

  it("is not even that where the same target does better the second time", async () => {
    const { post } = await start({ fallback: ["first", "second"], retries: 2 });
    first.play(upstreamFaults.unavailable, upstreamFaults.resetBefore);
    const response = await post("/v1/chat/completions", request);
    expect(response.headers.get("x-tailor-target")).toBe("first");
    expect(first.requests).toHaveLength(3);
    expect(second.requests).toHaveLength(0);
  });
});

describe("the log row tells of each target how often it was asked again", () => {
  async function readAttempts() {
    await tailor?.gateway.idle();
    await tailor?.store.flush();
    const page = await tailor?.store.reader.listInferences({ limit: 1 });
    const pair = await tailor?.store.reader.readInference(page?.rows[0]?.id ?? "");
    return pair?.inference.attempts.map(({ target, status, retries }) => ({ target, status, retries }));
  }
  const { unavailable, resetBefore, badRequest } = upstreamFaults;

  it.each([false, true])("before it answered (stream: %s)", async (stream) => {
    const { post } = await start({ fallback: [], retries: 2 });
    await (await post("/v1/chat/completions", { ...request, stream })).text();
    expect(await readAttempts()).toEqual([{ target: "first", status: 200, retries: 0 }]);
    first.play(unavailable, resetBefore);
    await (await post("/v1/chat/completions", { ...request, stream })).text();
    expect(await readAttempts()).toEqual([{ target: "first", status: 200, retries: 2 }]);
  });

  it("also in vain, and of the next target on its own", async () => {
    const { post } = await start({ fallback: ["first", "second"], retries: 2 });
    first.setDefault(unavailable);
    second.play(resetBefore);
    await (await post("/v1/chat/completions", request)).text();
    expect(await readAttempts()).toEqual([
      { target: "first", status: 503, retries: 2 },
      { target: "second", status: 200, retries: 1 },
    ]);
    first.setDefault(badRequest);
    await (await post("/v1/chat/completions", request)).text();
    expect(await readAttempts()).toEqual([{ target: "first", status: 400, retries: 0 }]);
  });

  it("for embeddings", async () => {
    const { post } = await start({ fallback: [], retries: 2 });
    const body = JSON.stringify({ object: "list", data: [{ index: 0, embedding: [1] }], model: "m" });
    first.play(unavailable, { kind: "raw", status: 200, body });
    expect((await post("/v1/embeddings", { model: "stylist", input: "x" })).status).toBe(200);
    expect(await readAttempts()).toEqual([{ target: "first", status: 200, retries: 1 }]);
  });

  it("up to the moment at which the client left", async () => {
    const { url } = await start({ fallback: [], retries: 2 });
    first.play(resetBefore, { kind: "answer", delayMs: 30_000 });
    const controller = new AbortController();
    const body = JSON.stringify(request);
    const headers = { "content-type": "application/json" };
    const asked = fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body,
      headers,
      signal: controller.signal,
    });
    await expect.poll(() => first.requests.length).toBe(2);
    controller.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(readAttempts).toEqual([{ target: "first", status: null, retries: 1 }]);
  });
});

describe("a client's bytes", () => {
  it("reach the upstream through the gateway with only the changed members replaced", async () => {
    const { post } = await start({ fallback: [] });
    const text = `{"seed": 12345678901234567890,  "temperature":1.0, "messages":[{"role":"user","content":"\\u00e9"}],
      "unknown":{"2":1.50,"1":[]}, "response_format":{"type":"text"}, "model":"gpt-4o-mini"}`;
    const sent = text.replace('"gpt-4o-mini"', '"first-model"');
    expect((await post("/v1/chat/completions", text)).status).toBe(200);
    expect(first.requests[0]?.text).toBe(sent);
    const streamed = text.replace("{", '{"stream":true,');
    await (await post("/v1/chat/completions", streamed)).text();
    // The log wants the usage: that is all that is added.
    expect(first.requests[1]?.text).toBe(
      streamed
        .replace('"gpt-4o-mini"', '"first-model"')
        .replace(/\}$/, ',"stream_options":{"include_usage":true}}'),
    );
  });
});
