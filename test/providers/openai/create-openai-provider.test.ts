import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import {
  createScriptedUpstream,
  reserveRefusedUrl,
  type ScriptedUpstream,
} from "../../support/scripted-upstream.ts";
import { type UpstreamScript, upstreamFaults } from "../../support/upstream-script.ts";
import { collect, joinText } from "../contract.ts";
import { createCall } from "./create-call.ts";

const apiKey = "sk-secret";
let upstream: ScriptedUpstream;
let provider: Provider;

beforeEach(async () => {
  upstream = await createScriptedUpstream();
  provider = createOpenAiProvider({
    id: "upstream",
    baseUrl: upstream.baseUrl,
    apiKey,
    licenseClass: "restricted_teacher",
    connections: 2,
    retries: { max: 0 },
  });
});
afterEach(async () => {
  await provider.close(200);
  await upstream.close();
});

async function readStream(request: Partial<ChatCompletionRequest> = {}) {
  const stream = await provider.stream(createCall({ stream: true, ...request }));
  return { chunks: await collect(stream.chunks), facts: stream.facts() };
}

describe("request", () => {
  it("sends the client's fields in their order with the target's model name", async () => {
    const schema = { type: "object", properties: { zebra: {}, apple: {} } };
    const response_format = {
      type: "json_schema" as const,
      json_schema: { name: "plan", strict: true, schema },
    };
    await provider.complete(createCall({ temperature: 0.7, response_format, reasoning_effort: "low" }));
    expect(JSON.stringify(upstream.requests[0]?.body)).toBe(
      JSON.stringify({
        model: "upstream-model",
        messages: [{ role: "user", content: "hello" }],
        temperature: 0.7,
        response_format,
        reasoning_effort: "low",
        stream: false,
      }),
    );
  });

  it("leaves out internal fields, and stream options unless it streams", async () => {
    const extra = { tailor_trace: "x", stream: true, stream_options: { include_usage: true } };
    await provider.complete(createCall(extra));
    await readStream(extra);
    const [whole, streamed] = upstream.requests.map((request) => request.body);
    expect(whole).toMatchObject({ stream: false });
    expect(whole).not.toHaveProperty("stream_options");
    expect(whole).not.toHaveProperty("tailor_trace");
    expect(streamed).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it("signs with its own key and passes the request id on", async () => {
    await provider.complete(createCall({}, { requestId: "req-1" }));
    await provider.complete(createCall({}, { requestId: "bad\r\nheader: 1" }));
    expect(upstream.requests[0]?.headers).toMatchObject({
      authorization: "Bearer sk-secret",
      "x-request-id": "req-1",
    });
    expect(upstream.requests[1]?.headers).not.toHaveProperty("x-request-id");
  });

  it("keeps its connections to the bound and uses them again, streams too", async () => {
    await Promise.all(Array.from({ length: 12 }, () => provider.complete(createCall())));
    await Promise.all(Array.from({ length: 12 }, () => readStream()));
    expect(upstream.connectionsTaken()).toBe(2);
    expect(upstream.requests).toHaveLength(24);
  });
});

describe("answers", () => {
  it("tells the version that the upstream names", async () => {
    const { completion, facts } = await provider.complete(createCall());
    expect(completion.model).toBe("upstream-model-2026");
    expect(facts.modelVersion).toBe("upstream-model-2026");
    expect((await readStream()).facts.modelVersion).toBe("upstream-model-2026");
  });

  it("reads a stream whose characters and line ends are cut anywhere", async () => {
    const content = "naïve 👗 café — größer";
    upstream.play({ kind: "answer", content, pieceBytes: 7, lineEnd: "\r\n" });
    expect(joinText((await readStream()).chunks)).toBe(content);
  });

  it("hides a usage chunk that nobody asked for", async () => {
    upstream.play({ kind: "answer", alwaysUsage: true });
    const { chunks } = await readStream();
    expect(chunks.filter((chunk) => "usage" in chunk || chunk.choices.length === 0)).toEqual([]);
  });

  it("takes a stream without the [DONE] mark once every asked choice is finished", async () => {
    upstream.play({ kind: "answer", noDone: true });
    expect(
      (await readStream({ n: 2 })).chunks.flatMap((chunk) => chunk.choices[0]?.finish_reason ?? []),
    ).toEqual(["stop", "stop"]);
  });

  it("lists models and keeps the list for its time", async () => {
    const [model] = await provider.models();
    await provider.models();
    expect(model).toEqual({
      id: "upstream-model",
      created: 1_700_000_000,
      ownedBy: "scripted",
      vision: true,
    });
    expect(upstream.requests.filter((request) => request.path === "/v1/models")).toHaveLength(1);
  });
});

type Expected = { kind: string } & Record<string, unknown>;

const statusFaults: [name: string, script: UpstreamScript, expected: Expected][] = [
  ["a bad key", upstreamFaults.badKey, { kind: "authentication", status: 401, code: "invalid_api_key" }],
  ["a forbidden call", upstreamFaults.forbidden, { kind: "authentication", status: 403 }],
  [
    "a bad request",
    upstreamFaults.badRequest,
    {
      kind: "invalid_request",
      message: "Invalid 'temperature'.",
      param: "temperature",
      code: "decimal_above_max_value",
      type: "invalid_request_error",
    },
  ],
  [
    "too long a prompt",
    upstreamFaults.tooLong,
    { kind: "context_length_exceeded", code: "context_length_exceeded" },
  ],
  [
    "a rate limit",
    upstreamFaults.rateLimited,
    { kind: "rate_limited", status: 429, retryAfterMs: undefined },
  ],
  [
    "a rate limit in seconds",
    upstreamFaults.rateLimitedSeconds,
    { kind: "rate_limited", retryAfterMs: 7000 },
  ],
  [
    "a rate limit in ms",
    upstreamFaults.rateLimitedMilliseconds,
    { kind: "rate_limited", retryAfterMs: 1500 },
  ],
  ["a server error", upstreamFaults.serverError, { kind: "upstream_error", status: 500 }],
  ["an HTML page", upstreamFaults.unavailable, { kind: "upstream_error", status: 503 }],
  ["a wrong base URL", upstreamFaults.noSuchPath, { kind: "upstream_error", status: 404 }],
  ["a reset", upstreamFaults.resetBefore, { kind: "unavailable" }],
  ["text that is no JSON", upstreamFaults.notJson, { kind: "invalid_response" }],
  [
    "an error body with status 200",
    upstreamFaults.errorBody,
    { kind: "invalid_response", code: "server_error" },
  ],
  ["an empty body", upstreamFaults.emptyBody, { kind: "invalid_response" }],
];

const wholeFaults: typeof statusFaults = [
  ["half of a JSON body", upstreamFaults.halfJson, { kind: "invalid_response" }],
  ["another shape", upstreamFaults.wrongShape, { kind: "invalid_response" }],
  ["no choices", upstreamFaults.emptyChoices, { kind: "invalid_response" }],
  ["a cut body", upstreamFaults.resetInBody, { kind: "unavailable" }],
];

const streamFaults: typeof statusFaults = [
  ["a clean end without finish reason", upstreamFaults.cutCleanly, { kind: "unavailable" }],
  ["a broken connection", upstreamFaults.cutBroken, { kind: "unavailable" }],
  ["[DONE] without finish reason", upstreamFaults.doneTooEarly, { kind: "unavailable" }],
  ["an error frame", upstreamFaults.errorFrame, { kind: "upstream_error", code: "boom" }],
];

/** With limits far below what the upstream takes. */
const slowness: [name: string, script: UpstreamScript, stream: boolean][] = [
  ["silence", upstreamFaults.hang, false],
  ["no first token", { kind: "answer", firstTokenMs: 30_000 }, true],
  ["a long pause between tokens", { kind: "answer", tokenMs: 30_000 }, true],
  ["an answer without end", { kind: "answer", content: "x ".repeat(900), tokenMs: 20 }, true],
  ["silence behind the headers", upstreamFaults.hangAfterHeaders, true],
];

describe("failures", () => {
  it.each(slowness)("calls %s a timeout", async (_name, script, stream) => {
    const hasty = createOpenAiProvider({
      id: "hasty",
      baseUrl: upstream.baseUrl,
      licenseClass: "unknown",
      timeouts: { firstTokenMs: 150, betweenTokensMs: 150, totalMs: 600 },
      retries: { max: 0 },
    });
    upstream.play(script);
    const call = createCall({ stream });
    const answer = stream ? hasty.stream(call).then(({ chunks }) => collect(chunks)) : hasty.complete(call);
    await expect(answer).rejects.toMatchObject({ name: "ProviderError", kind: "timeout" });
    await hasty.close(100);
  });

  it.each([...statusFaults, ...wholeFaults])(
    "maps %s for a whole answer",
    async (_name, script, expected) => {
      upstream.play(script);
      await expect(provider.complete(createCall())).rejects.toMatchObject({
        name: "ProviderError",
        ...expected,
      });
      await expect(provider.complete(createCall())).resolves.toBeDefined();
    },
  );

  it.each(statusFaults)("maps %s for a stream before its first chunk", async (_name, script, expected) => {
    upstream.play(script);
    const opening = provider.stream(createCall({ stream: true }));
    await expect(opening).rejects.toMatchObject({ name: "ProviderError", ...expected });
  });

  it.each(streamFaults)("throws %s out of the stream", async (_name, script, expected) => {
    upstream.play(script);
    const stream = await provider.stream(createCall({ stream: true }));
    await expect(collect(stream.chunks)).rejects.toMatchObject({ name: "ProviderError", ...expected });
  });

  it("hands out the chunks before the cut", async () => {
    upstream.play(upstreamFaults.cutCleanly);
    const { chunks } = await provider.stream(createCall({ stream: true }));
    const texts: string[] = [];
    const reading = (async () => {
      for await (const chunk of chunks) texts.push(chunk.choices[0]?.delta.content ?? "");
    })();
    await expect(reading).rejects.toMatchObject({ kind: "unavailable" });
    expect(texts).toEqual(["", "Grüße", " from"]);
  });

  it("never repeats its key or an upstream's inner words", async () => {
    for (const script of [upstreamFaults.badKey, upstreamFaults.serverError]) {
      upstream.play(script);
      const error: unknown = await provider.complete(createCall()).catch((reason: unknown) => reason);
      expect(String(error)).not.toMatch(/sk-secret|Stack trace/);
    }
  });

  it("takes an answer as whole when the connection breaks behind its finish reason", async () => {
    upstream.play({ kind: "cut", afterEvents: 13, how: "reset" });
    const { chunks } = await readStream();
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });

  it("calls itself degraded after three connection failures in a row and ready after an answer", async () => {
    for (let count = 0; count < 3; count += 1) {
      expect(provider.health().state).toBe("ready");
      upstream.play(upstreamFaults.resetBefore);
      await expect(provider.complete(createCall())).rejects.toMatchObject({ kind: "unavailable" });
    }
    expect(provider.health().state).toBe("degraded");
    await provider.complete(createCall());
    expect(provider.health().state).toBe("ready");
  });

  it("says unavailable where nothing listens, without naming the address", async () => {
    const lost = createOpenAiProvider({
      id: "x",
      baseUrl: await reserveRefusedUrl(),
      licenseClass: "unknown",
    });
    const error: unknown = await lost.complete(createCall()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      kind: "unavailable",
      message: "The upstream cannot be reached (ECONNREFUSED).",
    });
    await lost.close();
  });
});

describe("aborts", () => {
  it("stops the upstream when the caller leaves, however far it came", async () => {
    for (const isStream of [false, true]) {
      upstream.play({ kind: "answer", delayMs: isStream ? 0 : 300, tokenMs: 50 });
      const controller = new AbortController();
      const call = createCall({ stream: isStream }, { signal: controller.signal });
      const answer = isStream
        ? provider.stream(call).then(({ chunks }) => collect(chunks))
        : provider.complete(call);
      setTimeout(() => controller.abort(new Error("left")), 40);
      await expect(answer).rejects.toThrow("left");
      expect(await upstream.requests.at(-1)?.sent).toBe(false);
    }
  });

  it("stops the upstream when a stream is returned before its first chunk was read", async () => {
    upstream.play({ kind: "answer", tokenMs: 50 });
    const { chunks } = await provider.stream(createCall({ stream: true }));
    await chunks[Symbol.asyncIterator]().return?.();
    expect(await upstream.requests[0]?.sent).toBe(false);
  });

  it("gives up while it still waits for a free connection", async () => {
    upstream.play(upstreamFaults.hang, upstreamFaults.hang);
    const holding = [1, 2].map(() => provider.complete(createCall()).catch(() => {}));
    const waiting = provider.complete(createCall({}, { signal: AbortSignal.timeout(50) }));
    await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
    // Both connections are still held: it did not wait for one.
    upstream.cutConnections();
    await Promise.all(holding);
  });

  it("lets answers in flight finish when it closes, and cuts them at the deadline", async () => {
    upstream.play({ kind: "answer", delayMs: 60 }, upstreamFaults.hang);
    const good = provider.complete(createCall());
    const hanging = provider.complete(createCall()).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await provider.close(150);
    await expect(good).resolves.toBeDefined();
    expect(await hanging).toMatchObject({ kind: "unavailable" });
    expect(provider.health().state).toBe("failed");
  });
});
