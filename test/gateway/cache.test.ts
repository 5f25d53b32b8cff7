import { afterEach, beforeEach, expect, test } from "vitest";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, failWith, startUpstream } from "./support/upstreams.ts";

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
