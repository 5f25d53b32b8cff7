import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createShadowOffering } from "../../src/cli/offer-shadow.ts";
import { createOpenAiProvider } from "../../src/providers/openai/create-openai-provider.ts";
import { compareAnswers } from "../../src/shadow/compare-answers.ts";
import { createShadowRunner, type ShadowRunner } from "../../src/shadow/create-shadow-runner.ts";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { upstreamFaults } from "../support/upstream-script.ts";
import { readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, failWith, startUpstream } from "./support/upstreams.ts";

const PLAN = JSON.stringify({ outfits: [{ looks: "a", description: "b", items: [] }] });
const IMAGE = `data:image/png;base64,${Buffer.from("not really a picture").toString("base64")}`;

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let tailor: TestGateway;

beforeEach(async () => {
  first = await startUpstream(answerWith(PLAN));
  second = await startUpstream(answerWith(PLAN));
  tailor = await startTestGateway({ upstreams: { first: first.baseUrl, second: second.baseUrl } });
});

afterEach(async () => {
  await tailor.close();
  await Promise.all([first.close(), second.close()]);
});

const backendRequest = {
  model: "gpt-4o-mini",
  temperature: 0.7,
  response_format: { type: "json_object" },
  messages: [
    { role: "system", content: "Answer in JSON." },
    {
      role: "user",
      content: [
        { type: "text", text: "The user is preparing for: a wedding." },
        { type: "image_url", image_url: { url: IMAGE } },
      ],
    },
  ],
} satisfies OpenAI.ChatCompletionCreateParamsNonStreaming;

/** A gateway that copies every request to its second target. */
async function startShadowed() {
  const upstreams = { first: first.baseUrl, second: second.baseUrl };
  const provider = createOpenAiProvider({
    id: "second",
    baseUrl: second.baseUrl,
    licenseClass: "commercial_ok",
  });
  const resolve = () => provider;
  let runner: ShadowRunner | undefined;
  const shadowed = await startTestGateway({
    upstreams,
    route: { shadow: [{ target: "second", percent: 100 }] },
    deps: {
      offerShadow: (trace, record) => runner && createShadowOffering(runner, new Map())(trace, record),
    },
  });
  const shadow = createShadowRunner({
    resolve,
    recorder: shadowed.store.recorder,
    judge: () => null,
    agreement: compareAnswers,
    costUsd: () => null,
    now: Date.now,
    maxQueue: 8,
  });
  runner = shadow;
  return {
    tailor: shadowed,
    shadow,
    async [Symbol.asyncDispose]() {
      await shadow.close();
      await provider.close(100);
      await shadowed.close();
    },
  };
}

async function readOnlyRow() {
  await tailor.gateway.idle();
  await tailor.store.flush();
  const { rows } = await tailor.store.reader.listInferences({ limit: 10 });
  expect(rows).toHaveLength(1);
  const pair = await tailor.store.reader.readInference(rows[0]?.id ?? "");
  if (pair === null) throw new Error("the row is not there");
  return pair.inference;
}

describe("a whole answer", () => {
  test("comes back under the asked model name, with headers that say who served it", async () => {
    const { data, response } = await tailor.client.chat.completions.create(backendRequest).withResponse();
    expect(data.model).toBe("gpt-4o-mini");
    expect(data.id).toMatch(/^chatcmpl-[0-9a-f]{32}$/);
    expect(JSON.parse(data.choices[0]?.message.content ?? "")).toEqual(JSON.parse(PLAN));
    expect(first.requests[0]?.body?.model).toBe("first-model");
    expect(response.headers.get("x-tailor-route")).toBe("stylist");
    expect(response.headers.get("x-tailor-target")).toBe("first");
    expect(response.headers.get("x-tailor-cache")).toBe("bypass");
    expect(response.headers.get("x-tailor-fallback")).toBeNull();
    expect(response.headers.get("content-length")).toMatch(/^\d+$/);
    expect(Number(response.headers.get("openai-processing-ms"))).toBeGreaterThanOrEqual(0);
  });

  test("says what the upstream says of its rate limits", async () => {
    const choices = [{ index: 0, message: { role: "assistant", content: "{}" }, finish_reason: "stop" }];
    const value = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices };
    const headers = {
      "x-ratelimit-remaining-requests": "99",
      "x-ratelimit-reset-tokens": "6m0s",
      "x-other": "1",
    };
    first.setDefault({ kind: "raw", status: 200, headers, body: JSON.stringify(value) });
    const { response } = await tailor.client.chat.completions.create(backendRequest).withResponse();
    expect(response.headers.get("x-ratelimit-remaining-requests")).toBe("99");
    expect(response.headers.get("x-ratelimit-reset-tokens")).toBe("6m0s");
    expect(response.headers.get("x-other")).toBeNull();
  });

  test("says what the upstream says of its rate limits when they are reached, and how long that took", async () => {
    const headers = { "x-ratelimit-reset-requests": "1s", "retry-after-ms": "900" };
    const limited = { kind: "raw", status: 429, headers, body: '{"error":{"message":"slow"}}' } as const;
    first.setDefault(limited);
    second.setDefault(limited);
    const response = await tailor.post("/v1/chat/completions", backendRequest);
    expect(response.status).toBe(429);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...headers,
      "retry-after": "1",
      "x-should-retry": "true",
      "openai-processing-ms": expect.stringMatching(/^\d+$/),
    });
    const refused = await tailor.post("/v1/chat/completions", { ...backendRequest, temperature: 9 });
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      "x-should-retry": "false",
      "openai-processing-ms": expect.stringMatching(/^\d+$/),
    });
  });

  test("is logged with its body, the picture replaced by hash and size", async () => {
    await tailor.client.chat.completions.create(backendRequest, { headers: { "x-request-id": "req-7" } });
    const row = await readOnlyRow();
    expect(row).toMatchObject({
      requestId: "req-7",
      route: "stylist",
      target: "first",
      status: 200,
      finishReason: "stop",
      promptTokens: 11,
      completionTokens: 1,
      consent: "train",
      streamed: false,
      endpoint: "chat.completions",
    });
    expect(row.attempts).toHaveLength(1);
    expect(row.body?.answer).toBe(PLAN);
    expect(JSON.stringify(row.body?.request)).not.toContain("base64");
    expect(row.body?.request).toMatchObject({
      messages: [{}, { content: [{}, { image_url: { url: { bytes: 20, mediaType: "image/png" } } }] }],
    });
  });

  test.each([
    ["the header x-tailor-no-log", {}, { "x-tailor-no-log": "1" }],
    ["store: false", { store: false }, {}],
  ])("is logged without its body after %s", async (_name, fields, headers) => {
    await tailor.client.chat.completions.create({ ...backendRequest, ...fields }, { headers });
    expect(await readOnlyRow()).toMatchObject({ consent: "none", body: null, status: 200 });
  });

  test("keeps the key order of a schema and holds the answer to it", async () => {
    const schema = {
      type: "object",
      properties: { z: { type: "string" }, a: { type: "number" } },
      required: ["z", "a"],
      additionalProperties: false,
    };
    const response_format = {
      type: "json_schema",
      json_schema: { name: "plan", strict: true, schema },
    } as const;
    first.setDefault(answerWith('{"z":1}'));
    second.setDefault(answerWith('{"z":"x","a":1}'));
    const { data, response } = await tailor.client.chat.completions
      .create({ ...backendRequest, response_format })
      .withResponse();
    expect(JSON.stringify(first.requests[0]?.body?.response_format)).toBe(JSON.stringify(response_format));
    expect(data.choices[0]?.message.content).toBe('{"z":"x","a":1}');
    expect(response.headers.get("x-tailor-fallback")).toBe("first:invalid_response");
  });
});

test("a client that leaves before its whole answer stops the upstream and is logged as 499", async () => {
  first.setDefault({ kind: "answer", delayMs: 10_000 });
  const controller = new AbortController();
  const asked = tailor.client.chat.completions.create(backendRequest, { signal: controller.signal });
  await expect.poll(() => first.requests.length).toBe(1);
  controller.abort();
  await expect(asked).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
  expect(await first.requests[0]?.sent).toBe(false);
  expect(second.requests).toHaveLength(0);
  await expect.poll(() => tailor.store.recorder.stats().written, { timeout: 10_000 }).toBe(1);
  expect(await readOnlyRow()).toMatchObject({ status: 499, errorCode: "client_gone", target: null });
});

test("what a shadow answers is stored beside the pair and changes nothing for the client", async () => {
  await using shadowed = await startShadowed();
  second.setDefault(answerWith(PLAN.replace('"a"', '"other"')));
  const response = await shadowed.tailor.post("/v1/chat/completions", backendRequest);
  const { id } = await readJson(response);
  expect(response.headers.get("x-tailor-target")).toBe("first");
  await expect.poll(() => second.requests.length).toBe(1);
  await shadowed.shadow.drain(2000);
  await shadowed.tailor.store.flush();
  const pairs = await fetch(`${shadowed.tailor.url}/admin/pairs?format=jsonl&hasShadow=true`);
  const pair = JSON.parse(await pairs.text());
  expect(`chatcmpl-${pair.inference.id.replaceAll("-", "")}`).toBe(id);
  expect(pair.shadows).toMatchObject([{ target: "second", error: null }]);
  expect(pair.shadows[0].agreement).toBeGreaterThan(0);
  expect(pair.shadows[0].agreement).toBeLessThan(1);
});

describe("a target that cannot answer", () => {
  test("is followed by the next one, and header and log say why", async () => {
    await first.close();
    const { response } = await tailor.client.chat.completions.create(backendRequest).withResponse();
    expect(response.headers.get("x-tailor-target")).toBe("second");
    expect(response.headers.get("x-tailor-fallback")).toBe("first:unavailable");
    const row = await readOnlyRow();
    expect(row).toMatchObject({ target: "second", fallbackReason: "first:unavailable" });
    expect(row.attempts.map(({ target, errorKind }) => [target, errorKind])).toEqual([
      ["first", "unavailable"],
      ["second", null],
    ]);
  });

  test("with no other left makes a 503 in the envelope that says when to ask again", async () => {
    await Promise.all([first.close(), second.close()]);
    const error = await tailor.client.chat.completions.create(backendRequest).catch((caught) => caught);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 503, code: "unavailable", type: "server_error" });
    expect(error.headers.get("retry-after-ms")).toBe("1000");
    expect(error.headers.get("x-should-retry")).toBe("true");
    expect(await readOnlyRow()).toMatchObject({ status: 503, target: null, errorCode: "unavailable" });
  });

  test("in time is left for the next one, and with none left is a 504 not worth repeating", async () => {
    const route = { timeoutMs: 300 };
    await using quick = await startTestGateway({
      upstreams: { first: first.baseUrl, second: second.baseUrl },
      route,
    });
    first.setDefault(upstreamFaults.hang);
    const answered = await quick.post("/v1/chat/completions", backendRequest);
    expect([answered.status, answered.headers.get("x-tailor-fallback")]).toEqual([200, "first:timeout"]);
    second.setDefault(upstreamFaults.hangAfterHeaders);
    const streamed = await quick.post("/v1/chat/completions", { ...backendRequest, stream: true });
    expect([streamed.status, streamed.headers.get("x-should-retry")]).toEqual([504, "false"]);
    expect(await streamed.json()).toMatchObject({ error: { code: "timeout" } });
  });

  test("for the request's own fault is not followed by another", async () => {
    first.setDefault(
      failWith(400, {
        message: "Unsupported value.",
        type: "invalid_request_error",
        param: "seed",
        code: "bad",
      }),
    );
    const error = await tailor.client.chat.completions.create(backendRequest).catch((caught) => caught);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, param: "seed", code: "bad" });
    expect(second.requests).toHaveLength(0);
  });

  test("for its credentials never shows the upstream's words", async () => {
    first.setDefault(upstreamFaults.badKey);
    second.setDefault(upstreamFaults.badKey);
    const response = await tailor.post("/v1/chat/completions", backendRequest);
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain("sk-secret");
  });
});

describe("a streamed answer", () => {
  const streamRequest = { ...backendRequest, stream: true as const };

  test("reads like OpenAI's: role first, one id, a finish reason, usage only when asked for", async () => {
    const stream = await tailor.client.chat.completions.create(streamRequest);
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size).toBe(1);
    expect(chunks[0]?.model).toBe("gpt-4o-mini");
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(PLAN);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.some((chunk) => "usage" in chunk)).toBe(false);
    expect(await readOnlyRow()).toMatchObject({ streamed: true, status: 200, completionTokens: 1 });
  });

  test("ends with usage and [DONE] when usage was asked for", async () => {
    const body = { ...streamRequest, stream_options: { include_usage: true } };
    const text = await (await tailor.post("/v1/chat/completions", body)).text();
    const events = text.trim().split("\n\n");
    expect(events.at(-1)).toBe("data: [DONE]");
    expect(JSON.parse(events.at(-2)?.slice(6) ?? "")).toMatchObject({
      choices: [],
      usage: { total_tokens: 12 },
    });
  });

  test("that is not the asked JSON is never seen: the next target's is sent", async () => {
    first.setDefault(answerWith("Sure! Here is"));
    const response = await tailor.post("/v1/chat/completions", streamRequest);
    expect(response.headers.get("x-tailor-target")).toBe("second");
    expect(response.headers.get("x-tailor-fallback")).toBe("first:invalid_response");
    expect(await response.text()).not.toContain("Sure");
  });

  test("that no target gets right is a 502 before the first byte", async () => {
    first.setDefault(answerWith("Sure!"));
    second.setDefault(answerWith("Of course!"));
    const response = await tailor.post("/v1/chat/completions", streamRequest);
    expect(response.status).toBe(502);
    expect(await readJson(response)).toMatchObject({
      error: { code: "invalid_response", type: "server_error" },
    });
  });

  test("that breaks off in the middle ends with an error and without [DONE]", async () => {
    first.setDefault(upstreamFaults.cutBroken);
    const { response_format: _, ...textRequest } = streamRequest;
    const response = await tailor.post("/v1/chat/completions", textRequest);
    const text = await response.text();
    expect(text).toContain("Grüße");
    expect(text).toContain('data: {"error":');
    expect(text).not.toContain("[DONE]");
    expect((await readOnlyRow()).errorCode).toBe("unavailable");
  });

  test("stops upstream when the client leaves, and is logged as 499", async () => {
    first.setDefault({ kind: "answer", tokenMs: 200 });
    const { response_format: _, ...textRequest } = streamRequest;
    const stream = await tailor.client.chat.completions.create(textRequest);
    for await (const _chunk of stream) break;
    expect(await first.requests[0]?.sent).toBe(false);
    await expect
      .poll(async () => (await tailor.store.reader.listInferences({ limit: 1 })).rows.length)
      .toBe(1);
    expect(await readOnlyRow()).toMatchObject({ status: 499, errorCode: "client_gone" });
  });
});
