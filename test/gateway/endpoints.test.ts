import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestDomain } from "../../src/gateway/request-domain.ts";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { plainDomain, readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

const PLAN = '{"outfits":[{"looks":"a","description":"b","items":[]}]}';

/** Its verdicts have no JSON. */
function createUnstorableDomain(): RequestDomain {
  const unstorable = { name: "budget", ok: 1n as unknown as boolean };
  const judge = () => ({ schema: "pass", hardChecks: [unstorable] }) as const;
  const recognised = { createConstraint: () => null, judge };
  return { ...plainDomain, recognise: () => recognised };
}

let upstream: ScriptedUpstream;
let tailor: TestGateway;

beforeEach(async () => {
  upstream = await startUpstream(answerWith(PLAN));
  tailor = await startTestGateway({ upstreams: { first: upstream.baseUrl } });
});

afterEach(async () => {
  await tailor.close();
  await upstream.close();
});

describe("/generate", () => {
  const body = { form: { preparing_for: "a wedding", budget: 200, extra: [1] }, profile: { age: "29" } };

  test("answers the plan itself", async () => {
    const response = await tailor.post("/generate", body);
    expect(await response.text()).toBe(PLAN);
    expect(response.headers.get("x-tailor-route")).toBe("stylist");
    await tailor.gateway.idle();
    await tailor.store.flush();
    const { rows } = await tailor.store.reader.listInferences({ limit: 5 });
    expect(rows).toMatchObject([{ endpoint: "generate", status: 200, verdicts: { schema: "pass" } }]);
  });

  test("wraps the plan for callers that ask for it", async () => {
    const wrapped = { data: JSON.parse(PLAN) };
    expect(await readJson(await tailor.post("/generate", { ...body, envelope: true }))).toEqual(wrapped);
    const headers = { "x-tailor-envelope": "data" };
    expect(await readJson(await tailor.post("/generate", body, headers))).toEqual(wrapped);
  });

  test("takes the form without its wrapping, and numbers as texts", async () => {
    const flat = { ...body.form, outfits: "2", profile: null };
    expect(await (await tailor.post("/generate", flat)).text()).toBe(PLAN);
    expect(JSON.stringify(upstream.requests[0]?.body?.messages)).toContain("a wedding");
    expect(JSON.stringify(upstream.requests[0]?.body?.messages)).not.toContain("outfits");
  });

  test("says in words what is wrong", async () => {
    const noForm = await tailor.post("/generate", { profile: {} });
    expect(noForm.status).toBe(400);
    expect((await readJson(noForm)).error).toMatchObject({
      param: "form",
      code: "missing_required_parameter",
    });
    const many = await tailor.post("/generate", { ...body, outfits: 6 });
    expect(many.status).toBe(400);
    upstream.setDefault(answerWith("no plan"));
    expect((await tailor.post("/generate", body)).status).toBe(502);
  });

  test("says that the context is too short when a plan is cut off", async () => {
    upstream.setDefault(answerWith('{"outfits":[', { finishReason: "length" }));
    const cut = await tailor.post("/generate", { ...body, outfits: 5 });
    expect(cut.status).toBe(400);
    expect((await readJson(cut)).error).toMatchObject({
      type: "invalid_request_error",
      code: "context_length_exceeded",
      param: "outfits",
    });
  });
});

test("/v1/models lists what can be asked for, and each by its name", async () => {
  const models = await tailor.client.models.list();
  expect(models.data.map(({ id }) => id)).toEqual(["gpt-4o-mini", "stylist"]);
  expect(await tailor.client.models.retrieve("stylist")).toMatchObject({ id: "stylist", object: "model" });
  await expect(tailor.client.models.retrieve("a/b")).rejects.toMatchObject({
    status: 404,
    code: "model_not_found",
  });
});

test("/healthz is up, /readyz tells each part's state and says no while draining", async () => {
  expect(await readJson(await fetch(`${tailor.url}/healthz`))).toEqual({ status: "ok" });
  const ready = await fetch(`${tailor.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await readJson(ready)).toMatchObject({
    ready: true,
    providers: { first: { state: "ready" } },
    routes: { stylist: { ready: true } },
    store: { queued: 0, dropped: 0 },
  });
  tailor.gateway.startDraining();
  expect((await fetch(`${tailor.url}/readyz`)).status).toBe(503);
});

test("/metrics counts requests by route, target and status", async () => {
  await tailor.post("/v1/chat/completions", { model: "stylist", messages: [{ role: "user", content: "x" }] });
  await tailor.post("/v1/chat/completions", "{");
  await tailor.gateway.idle();
  const text = await (await fetch(`${tailor.url}/metrics`)).text();
  expect(text).toMatch(
    /gen_ai_server_requests_total\{[^}]*route="stylist",target="first",status="200"[^}]*\} 1/,
  );
  expect(text).toMatch(/tailor_refusals_total\{status="400"\} 1/);
  expect(text).toMatch(/gen_ai_client_token_usage_total\{[^}]*type="output"\} 1/);
  expect(text).toMatch(/tailor_state\{name="log_dropped"\} 0/);
});

test("the same app answers in process, streams too", async () => {
  const response = await tailor.gateway.app.request("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "stylist", stream: true, messages: [{ role: "user", content: "x" }] }),
  });
  expect((await response.text()).trim().endsWith("data: [DONE]")).toBe(true);
});

test("strict log mode has the row committed when the answer arrives", async () => {
  await using strict = await startTestGateway({
    upstreams: { first: upstream.baseUrl },
    settings: { logMode: "strict" },
  });
  const body = { model: "stylist", messages: [{ role: "user", content: "x" }] };
  await (await strict.post("/v1/chat/completions", body)).text();
  await (await strict.post("/v1/chat/completions", { ...body, stream: true })).text();
  expect((await strict.store.reader.listInferences({ limit: 5 })).rows).toHaveLength(2);
});

test("strict log mode passes off no answer as logged whose row is refused", async () => {
  await using strict = await startTestGateway({
    upstreams: { first: upstream.baseUrl },
    settings: { logMode: "strict" },
    deps: { domain: createUnstorableDomain() },
  });
  const body = { model: "stylist", messages: [{ role: "user", content: "x" }] };
  const whole = await strict.post("/v1/chat/completions", body);
  expect(whole.status).toBe(500);
  expect(whole.headers.get("x-should-retry")).toBe("false");
  expect((await readJson(whole)).error).toMatchObject({ type: "server_error", code: "log_refused" });
  const streamed = await (await strict.post("/v1/chat/completions", { ...body, stream: true })).text();
  expect(streamed).toContain('"code":"log_refused"');
  expect(strict.store.stats()).toMatchObject({ written: 0, failed: 2 });
});

test.each(["async", "strict"] as const)(
  "a row that cannot be made is counted, log mode %s",
  async (logMode) => {
    await using broken = await startTestGateway({
      upstreams: { first: upstream.baseUrl },
      settings: { logMode },
      deps: {
        costUsd: () => {
          throw new TypeError("no price");
        },
      },
    });
    const body = { model: "stylist", messages: [{ role: "user", content: "x" }] };
    const { status } = await broken.post("/v1/chat/completions", body);
    expect(status).toBe(logMode === "strict" ? 500 : 200);
    await broken.gateway.idle();
    expect(broken.store.stats()).toMatchObject({ written: 0, failed: 1 });
    const text = await (await fetch(`${broken.url}/metrics`)).text();
    expect(text).toMatch(/tailor_state\{name="log_failed"\} 1/);
  },
);

test("a row stays logged when what follows it fails", async () => {
  await using broken = await startTestGateway({
    upstreams: { first: upstream.baseUrl },
    settings: { logMode: "strict" },
    deps: {
      offerShadow: () => {
        throw new TypeError("no shadow");
      },
    },
  });
  const body = { model: "stylist", messages: [{ role: "user", content: "x" }] };
  expect((await broken.post("/v1/chat/completions", body)).status).toBe(200);
  expect(broken.store.stats()).toMatchObject({ written: 1, failed: 0 });
});

test("an upstream's numbers that count no tokens cost no row", async () => {
  const message = { role: "assistant", content: PLAN };
  const usage = {
    prompt_tokens: 1.5,
    completion_tokens: -1,
    total_tokens: 3e9,
    prompt_tokens_details: { cached_tokens: 3e9 },
  };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  const answer = { id: "x", object: "chat.completion", created: 1, model: "m", choices, usage };
  upstream.setDefault({ kind: "raw", status: 200, body: JSON.stringify(answer) });
  const body = { model: "stylist", messages: [{ role: "user", content: "x" }] };
  expect(await readJson(await tailor.post("/v1/chat/completions", body))).toMatchObject({ usage });
  await tailor.gateway.idle();
  await tailor.store.flush();
  const { rows } = await tailor.store.reader.listInferences({ limit: 5 });
  expect(rows).toMatchObject([{ promptTokens: null, completionTokens: null, cachedTokens: null }]);
  expect(await (await fetch(`${tailor.url}/metrics`)).text()).toMatch(
    /gen_ai_server_requests_total\{[^}]*status="200"[^}]*\} 1/,
  );
});

test("every request behind one answer is entered in the log when the first one's row is refused", async () => {
  await using strict = await startTestGateway({
    upstreams: { first: upstream.baseUrl },
    settings: { logMode: "strict" },
    deps: { domain: createUnstorableDomain() },
  });
  const response = await strict.post("/v1/completions", { model: "stylist", prompt: ["a", "b", "c"] });
  expect(response.status).toBe(500);
  expect(strict.store.stats()).toMatchObject({ written: 0, failed: 3 });
});
