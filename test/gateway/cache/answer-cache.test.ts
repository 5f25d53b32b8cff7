import { afterEach, beforeEach, expect, test } from "vitest";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import type { ScriptedUpstream } from "../../support/scripted-upstream.ts";
import { startTestGateway, type TestGateway } from "../support/test-gateway.ts";
import { answerWith, failWith, startUpstream } from "../support/upstreams.ts";

let upstream: ScriptedUpstream;
let tailor: TestGateway;

beforeEach(async () => {
  upstream = await startUpstream(answerWith("hello there"));
  tailor = await startTestGateway({
    upstreams: { first: upstream.baseUrl },
    route: { cache: { enabled: true, ttlMs: 60_000 } },
  });
});

afterEach(async () => {
  await tailor.close();
  await upstream.close();
});

const request = { model: "stylist", temperature: 0, messages: [{ role: "user", content: "hi" }] };

async function ask(fields: object = {}, headers: Record<string, string> = {}) {
  const response = await tailor.post("/v1/chat/completions", { ...request, ...fields }, headers);
  const text = await response.text();
  return { state: response.headers.get("x-tailor-cache"), status: response.status, text };
}

test("an exact repeat is answered from the cache under an id of its own", async () => {
  const miss = await ask();
  const hit = await ask();
  expect([miss.state, hit.state]).toEqual(["miss", "hit"]);
  expect(upstream.requests).toHaveLength(1);
  const [before, after] = [JSON.parse(miss.text), JSON.parse(hit.text)];
  expect(after.choices).toEqual(before.choices);
  expect(after.id).not.toBe(before.id);
});

test("a cached answer is replayed as a stream, and a streamed one is cached", async () => {
  await ask({ stream: true });
  expect((await ask()).state).toBe("hit");
  const streamed = await ask({ stream: true });
  expect(streamed.state).toBe("hit");
  expect(streamed.text).toContain("hello there");
  expect(streamed.text.trim().endsWith("data: [DONE]")).toBe(true);
});

test("other words, sampled requests and no-store are not answered from the cache", async () => {
  await ask();
  expect((await ask({ messages: [{ role: "user", content: "hello" }] })).state).toBe("miss");
  expect((await ask({ temperature: 0.7 })).state).toBe("bypass");
  expect((await ask({ temperature: undefined })).state).toBe("bypass");
  expect((await ask({}, { "cache-control": "no-store" })).state).toBe("bypass");
  expect(upstream.requests).toHaveLength(5);
});

test("errors and cut answers are not kept", async () => {
  upstream.setDefault(failWith(500, { message: "broken" }));
  expect((await ask()).status).toBe(502);
  upstream.setDefault(answerWith("cut o", { finishReason: "length" }));
  expect((await ask()).state).toBe("miss");
  upstream.setDefault(answerWith("whole"));
  expect((await ask()).state).toBe("miss");
  expect((await ask()).state).toBe("hit");
});

test("refused and filtered answers are not kept, tool calls are", async () => {
  const message = { role: "assistant", content: null };
  const answer = (fields: object, end: string) => ({
    kind: "raw" as const,
    status: 200,
    body: JSON.stringify({
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { ...message, ...fields }, finish_reason: end, logprobs: null }],
    }),
  });
  upstream.setDefault(answer({ refusal: "No." }, "stop"));
  expect([(await ask()).state, (await ask()).state]).toEqual(["miss", "miss"]);
  upstream.setDefault(answer({ content: "half" }, "content_filter"));
  expect([(await ask()).state, (await ask()).state]).toEqual(["miss", "miss"]);
  const call = { id: "call_1", type: "function", function: { name: "look", arguments: "{}" } };
  upstream.setDefault(answer({ tool_calls: [call] }, "tool_calls"));
  expect([(await ask()).state, (await ask()).state]).toEqual(["miss", "hit"]);
  expect((await ask({ stream: true })).text).toContain('"index":0,"id":"call_1"');
});

test("identical requests at the same time are asked once, streaming or not", async () => {
  upstream.setDefault({ kind: "answer", content: "only once", delayMs: 300 });
  const answers = await Promise.all([ask(), ask(), ask({ stream: true }), ask(), ask({ stream: true })]);
  expect(upstream.requests).toHaveLength(1);
  expect(answers.map(({ state }) => state).sort()).toEqual(["hit", "hit", "hit", "hit", "miss"]);
  for (const { text } of answers) expect(text).toContain("only");
});

test("a streaming leader's answer reaches those who wait for it", async () => {
  upstream.setDefault({ kind: "answer", content: "one two three", tokenMs: 50 });
  const leader = tailor.post("/v1/chat/completions", { ...request, stream: true });
  await expect.poll(() => upstream.requests.length).toBe(1);
  const waiting = [ask(), ask({ stream: true })];
  const streamed = await (await leader).text();
  expect(streamed).toContain("three");
  expect((await Promise.all(waiting)).map(({ state }) => state)).toEqual(["hit", "hit"]);
  expect(upstream.requests).toHaveLength(1);
});

test.each([false, true])("a leader that leaves (streaming: %s) hands over to who waits", async (stream) => {
  upstream.setDefault({ kind: "answer", content: "slow words indeed", tokenMs: 400 });
  const controller = new AbortController();
  const leader = fetch(`${tailor.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...request, stream }),
    signal: controller.signal,
  }).then((response) => response.text());
  leader.catch(() => undefined);
  await expect.poll(() => upstream.requests.length).toBe(1);
  const waiting = [ask(), ask()];
  await expect
    .poll(async () => (await fetch(`${tailor.url}/metrics`)).text())
    .toContain('requests_in_flight"} 3');
  upstream.setDefault(answerWith("by the heir"));
  controller.abort();
  const answers = await Promise.all(waiting);
  expect(answers.map(({ state }) => state).sort()).toEqual(["hit", "miss"]);
  for (const { text } of answers) expect(text).toContain("by the heir");
  expect(upstream.requests).toHaveLength(2);
});

test("an error is nobody else's: each of those who wait asks for itself", async () => {
  upstream.play({ kind: "answer", delayMs: 300, content: "cut", finishReason: "length" });
  upstream.setDefault(answerWith("whole"));
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers.map(({ state }) => state)).toEqual(["miss", "miss", "miss"]);
  expect(answers.filter(({ text }) => text.includes("whole"))).toHaveLength(2);
});

test("the answer of an erased inference is forgotten", async () => {
  const { text } = await ask();
  const digits = JSON.parse(text).id.slice("chatcmpl-".length);
  const inferenceId = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  await tailor.store.erasures.erase({ kind: "inference", inferenceId }, { actor: "test", reason: null });
  expect((await ask()).state).toBe("miss");
});

test("who wants nothing kept is not answered from the cache, nor for it", async () => {
  expect((await ask({ store: false })).state).toBe("bypass");
  expect((await ask({}, { "x-tailor-no-log": "1" })).state).toBe("bypass");
  expect((await ask()).state).toBe("miss");
});

test("callers with keys of their own do not see each other's answers", async () => {
  const keys = await Promise.all(
    ["one", "two"].map((name) => tailor.store.keys.create({ name, scopes: ["inference"] })),
  );
  const states: (string | null)[] = [];
  for (const { key } of [...keys, ...keys])
    states.push((await ask({}, { authorization: `Bearer ${key}` })).state);
  expect(states).toEqual(["miss", "miss", "hit", "hit"]);
});

test("an answer over the size limit is passed on but not kept, and /metrics counts all of it", async () => {
  await using small = await startTestGateway({
    upstreams: { first: upstream.baseUrl },
    route: { cache: { enabled: true } },
    settings: { cacheEntryBytes: 1024 },
  });
  const post = async (fields: object) => {
    const response = await small.post("/v1/chat/completions", { ...request, ...fields });
    await response.text();
    return response.headers.get("x-tailor-cache");
  };
  upstream.setDefault(answerWith("long ".repeat(500)));
  expect([await post({}), await post({})]).toEqual(["miss", "miss"]);
  expect(await post({ stream: true })).toBe("miss");
  upstream.setDefault(answerWith("short"));
  expect([await post({}), await post({}), await post({ temperature: 1 })]).toEqual(["miss", "hit", "bypass"]);
  const metrics = await (await fetch(`${small.url}/metrics`)).text();
  for (const line of [
    'tailor_cache_events_total{event="hit_local"} 1',
    'tailor_cache_events_total{event="miss"} 4',
    'tailor_cache_events_total{event="bypass"} 1',
    'tailor_cache_events_total{event="kept"} 1',
    'tailor_cache_events_total{event="too_large"} 2',
    'tailor_state{name="cache_entries"} 1',
  ])
    expect(metrics).toContain(line);
});

test("an answer that began under one version of a model and ended under another is kept under neither", async () => {
  let version = "one";
  const provider = {
    ...createOpenAiProvider({ id: "first", baseUrl: upstream.baseUrl, licenseClass: "unknown" }),
    servedVersion: () => version,
  };
  await using replacing = await startTestGateway({
    providers: [provider],
    route: { cache: { enabled: true, ttlMs: 60_000 } },
  });
  const askNow = async () => {
    const response = await replacing.post("/v1/chat/completions", request);
    await response.text();
    return response.headers.get("x-tailor-cache");
  };
  upstream.play({ kind: "answer", content: "of whom?", delayMs: 50 });
  const asked = askNow();
  await expect.poll(() => upstream.requests.length).toBe(1);
  version = "two";
  expect(await asked).toBe("miss");
  expect([await askNow(), await askNow()]).toEqual(["miss", "hit"]);
  version = "one";
  expect([await askNow(), await askNow()]).toEqual(["miss", "hit"]);
  version = "two";
  expect(await askNow()).toBe("hit");
});
