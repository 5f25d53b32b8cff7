import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../src/protocol/chat-request.ts";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { createOpenAiProvider } from "../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { ProviderError, SHADOW_PREEMPTED } from "../../src/providers/provider-error.ts";
import { compareAnswers } from "../../src/shadow/compare-answers.ts";
import {
  createShadowRunner,
  type ShadowOffer,
  type ShadowRunner,
  type ShadowRunnerOptions,
} from "../../src/shadow/create-shadow-runner.ts";
import type { ShadowRecord } from "../../src/store/inference-log.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createDatabaseUrl, createInference } from "../store/records.ts";
import { createRoute } from "../support/route.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { upstreamFaults } from "../support/upstream-script.ts";

const both = [
  { target: "local", percent: 100 },
  { target: "openai", percent: 100 },
];
const route = createRoute({ local: 50, openai: 50 }, { shadow: both, timeoutMs: 200 });
const request: ChatCompletionRequest = {
  model: "gpt-4o-mini",
  messages: [{ role: "user", content: "hello" }],
  stream: true,
  stream_options: { include_usage: true },
};

let upstream: ScriptedUpstream;
let provider: Provider;
let records: ShadowRecord[];
let runner: ShadowRunner;

beforeEach(async () => {
  upstream = await createScriptedUpstream({ models: ["local-model", "openai-model"] });
  provider = createOpenAiProvider({
    id: "upstream",
    baseUrl: upstream.baseUrl,
    licenseClass: "restricted_teacher",
  });
  records = [];
  runner = createRunner();
});
afterEach(async () => {
  await runner.close();
  await provider.close(100);
  await upstream.close();
});

function createRunner(options: Partial<ShadowRunnerOptions> = {}): ShadowRunner {
  return createShadowRunner({
    resolve: () => provider,
    recorder: { recordShadow: (record) => records.push(record) },
    judge: (_request, answer) => ({ schema: answer.startsWith("{") ? "pass" : "fail", hardChecks: [] }),
    agreement: compareAnswers,
    costUsd: (_target, usage) => usage.completion_tokens / 100,
    now: Date.now,
    maxQueue: 10,
    ...options,
  });
}

function offer(changes: Partial<ShadowOffer> = {}): void {
  runner.offer({
    inferenceId: createUuidV7(),
    stickyKeyHash: "user-hash",
    route,
    answeredBy: "local",
    request,
    consent: "train",
    constraintFor: () => undefined,
    primaryAnswer: "Grüße from the scripted upstream",
    ...changes,
  });
}

const modelsAsked = () => upstream.requests.map((asked) => asked.body?.model).sort();

describe("the copy", () => {
  it("reaches an upstream in the client's own bytes, whole and without what belongs to a stream", async () => {
    const bodyText = `{"seed":12345678901234567890, "stream":true,"x":{"2":1.0,"1":[]},
      "stream_options":{"include_usage":true}, "messages":[{"role":"user","content":"h\\u0069"}],"model":"gpt-4o-mini"}`;
    offer({ request: JSON.parse(bodyText), bodyText });
    await runner.drain(1000);
    expect(upstream.requests[0]?.text).toBe(
      `{"seed":12345678901234567890, "stream":false,"x":{"2":1.0,"1":[]}, "messages":[{"role":"user","content":"h\\u0069"}],"model":"openai-model"}`,
    );
  });
});

describe("an upstream's usage", () => {
  it("is left out of the record where it counts no tokens", async () => {
    const message = { role: "assistant", content: "{}" };
    const usage = { prompt_tokens: 1.5, completion_tokens: 3e9, total_tokens: 3e9 };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    const answer = { id: "x", object: "chat.completion", created: 1, model: "m", choices, usage };
    upstream.setDefault({ kind: "raw", status: 200, body: JSON.stringify(answer) });
    offer();
    await runner.drain(1000);
    expect(records).toMatchObject([{ answer: "{}", promptTokens: null, completionTokens: null }]);
  });
});

describe("an answer that is more than a text", () => {
  it("is kept with all its choices", async () => {
    const call = { id: "call_1", type: "function", function: { name: "write", arguments: "{}" } };
    const message = { role: "assistant", content: null, tool_calls: [call] };
    const choices = [{ index: 0, message, finish_reason: "tool_calls" }];
    const answer = { id: "x", object: "chat.completion", created: 1, model: "m", choices };
    upstream.setDefault({ kind: "raw", status: 200, body: JSON.stringify(answer) });
    offer();
    await runner.drain(1000);
    expect(records).toMatchObject([{ answer: null, choices, error: null }]);
  });
});

describe("sampling", () => {
  it("asks the model that did not answer, whichever it was, and both when none did", async () => {
    offer({ answeredBy: "local" });
    await runner.drain(1000);
    expect(modelsAsked()).toEqual(["openai-model"]);
    offer({ answeredBy: "openai" });
    await runner.drain(1000);
    expect(modelsAsked()).toEqual(["local-model", "openai-model"]);
    offer({ answeredBy: null, primaryAnswer: null });
    await runner.drain(1000);
    expect(modelsAsked()).toEqual(["local-model", "local-model", "openai-model", "openai-model"]);
    expect(records.at(-1)).toMatchObject({ agreement: null, error: null });
  });

  it("takes the rule's percent of requests and always the same ones", () => {
    const ids = Array.from({ length: 2000 }, () => createUuidV7());
    const none = createRunner({ resolve: () => undefined });
    const sampleAt = (percent: number) =>
      ids.filter((inferenceId) => {
        const before = none.stats().sampled;
        const shadow = [{ target: "openai", percent, maxConcurrency: 1, dailyUsd: null }];
        none.offer({ ...offerBase(inferenceId), route: { ...route, shadow } });
        return none.stats().sampled > before;
      });
    const ten = sampleAt(10);
    expect(ten.length).toBeGreaterThan(140);
    expect(ten.length).toBeLessThan(260);
    expect(sampleAt(10)).toEqual(ten);
    expect(sampleAt(30)).toEqual(expect.arrayContaining(ten));
    expect(sampleAt(0)).toEqual([]);
  });

  it("sends nothing of a request that may not be kept", async () => {
    offer({ consent: "none" });
    await runner.drain(1000);
    expect(upstream.requests).toEqual([]);
    expect(runner.stats()).toMatchObject({ sampled: 1, dropped: { no_consent: 1 } });
  });
});

function offerBase(inferenceId: string): ShadowOffer {
  return {
    inferenceId,
    stickyKeyHash: "user-hash",
    route,
    answeredBy: "local",
    request,
    consent: "train",
    constraintFor: () => undefined,
    primaryAnswer: "x",
  };
}

describe("records", () => {
  it("keeps the full answer with verdicts, agreement, tokens and cost", async () => {
    const inferenceId = createUuidV7();
    offer({ inferenceId });
    await runner.drain(1000);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      inferenceId,
      stickyKeyHash: "user-hash",
      target: "openai",
      provider: "upstream",
      model: "openai-model",
      modelVersion: "openai-model-2026",
      licenseClass: "restricted_teacher",
      decoding: null,
      promptVersion: null,
      interventions: null,
      fieldRetries: null,
      answer: "Grüße from the scripted upstream 👗 with more than a word.",
      finishReason: "stop",
      error: null,
      verdicts: { schema: "fail", hardChecks: [] },
      promptTokens: 11,
      completionTokens: 11,
      costUsd: 0.11,
    });
    expect(records[0]?.agreement).toBeCloseTo(0.5);
  });

  it("tells how a local model was steered, and nothing of one that failed", async () => {
    const interventions = { retries: 2, replacements: 1 };
    const steered: Provider = {
      ...provider,
      async complete(call) {
        const answer = await provider.complete(call);
        const facts = { ...answer.facts, decoding: "tightened", promptVersion: "p1", interventions } as const;
        return { ...answer, facts };
      },
    };
    runner = createRunner({ resolve: () => steered });
    offer();
    await runner.drain(1000);
    const told = { decoding: "tightened", promptVersion: "p1", interventions: 3, fieldRetries: 2 };
    expect(records.at(-1)).toMatchObject(told);
    upstream.play(upstreamFaults.resetBefore);
    offer();
    await runner.drain(1000);
    const untold = { decoding: null, promptVersion: null, interventions: null, fieldRetries: null };
    expect(records.at(-1)).toMatchObject(untold);
  });

  it("asks at once and not as a stream, whatever the client did", async () => {
    offer();
    await runner.drain(1000);
    expect(upstream.requests[0]?.body).toMatchObject({ stream: false });
    expect(upstream.requests[0]?.body).not.toHaveProperty("stream_options");
  });

  it("records failures with their kind", async () => {
    upstream.play(upstreamFaults.rateLimited, upstreamFaults.hang, upstreamFaults.resetBefore);
    for (const kind of ["rate_limited", "timeout", "unavailable"]) {
      offer();
      await runner.drain(1000);
      expect(records.at(-1)).toMatchObject({ answer: null, agreement: null, error: { kind } });
    }
    expect(runner.stats()).toMatchObject({ failed: 3, answered: 0 });
  });

  /** Gives way as often as told, then answers. */
  function giveWay(times: number): Provider {
    const error = new ProviderError("gave way", { kind: "overloaded", code: SHADOW_PREEMPTED });
    let left = times;
    return {
      ...provider,
      complete: (call) => (left-- > 0 ? Promise.reject(error) : provider.complete(call)),
    };
  }

  it("begins a call anew that gave way to a client's request, and pays for it once", async () => {
    const local = giveWay(4);
    const rule = { target: "openai", percent: 100, dailyUsd: 10 };
    runner = createRunner({ resolve: () => local });
    offer({ route: createRoute({ local: 50, openai: 50 }, { shadow: [rule], timeoutMs: 200 }) });
    await runner.drain(1000);
    expect(records).toMatchObject([{ answer: expect.any(String), error: null, costUsd: expect.any(Number) }]);
    expect(runner.stats()).toMatchObject({ preempted: 4, failed: 0, answered: 1 });
  });

  it("tells calls that gave way again and again from failures of the target", async () => {
    const local = giveWay(100);
    runner = createRunner({ resolve: () => local });
    offer();
    await runner.drain(1000);
    expect(records).toMatchObject([{ answer: null, error: { kind: "preempted" }, costUsd: null }]);
    expect(runner.stats()).toMatchObject({ preempted: 5, failed: 0, answered: 0 });
  });

  it("keeps an answer that the judge breaks on", async () => {
    runner = createRunner({
      judge: () => {
        throw new Error("judge broke");
      },
    });
    offer();
    await runner.drain(1000);
    expect(records[0]).toMatchObject({ verdicts: null, error: null, answer: expect.any(String) });
    expect(runner.stats()).toMatchObject({ answered: 1, unjudged: 1 });
  });

  it("does not see what happens to the client's request afterwards", async () => {
    const shared = structuredClone(request);
    upstream.play({ kind: "answer", delayMs: 30 });
    offer();
    offer({ request: shared });
    offer({ request: shared });
    for (const message of shared.messages) message.content = "changed";
    shared.messages.push({ role: "user", content: "more" });
    await runner.drain(1000);
    expect(upstream.requests.map((asked) => asked.body?.messages)).toEqual(Array(3).fill(request.messages));
  });

  it("stores a pair that can be read back", async () => {
    const store = await openStore({ url: createDatabaseUrl() });
    runner = createRunner({ recorder: store.recorder });
    const inference = createInference();
    store.recorder.recordInference(inference);
    offer({ inferenceId: inference.id });
    await runner.drain(1000);
    await store.flush();
    const pair = await store.reader.readInference(inference.id);
    expect(pair?.shadows).toMatchObject([{ target: "openai", answer: expect.stringContaining("👗") }]);
    await store.close();
  });
});

describe("bounds", () => {
  const slow = { kind: "answer", delayMs: 60 } as const;
  const rule = { target: "openai", percent: 100, dailyUsd: null };
  const routeWith = (changes: object) =>
    createRoute({ local: 100, openai: 0 }, { shadow: [{ ...rule, ...changes }] });

  it("runs no more at once than the rule allows", async () => {
    upstream.setDefault(slow);
    for (let count = 0; count < 5; count += 1) offer({ route: routeWith({ maxConcurrency: 2 }) });
    expect(runner.stats()).toMatchObject({ running: 2, waiting: 3 });
    await runner.drain(2000);
    expect(upstream.peakInFlight()).toBe(2);
    expect(records).toHaveLength(5);
  });

  it("drops the newest and counts it when the queue is full", async () => {
    upstream.setDefault(slow);
    runner = createRunner({ maxQueue: 2 });
    for (let count = 0; count < 6; count += 1) offer({ route: routeWith({ maxConcurrency: 1 }) });
    expect(runner.stats()).toMatchObject({ sampled: 6, running: 1, waiting: 2, dropped: { queue_full: 3 } });
    expect(await runner.drain(2000)).toBe(true);
    expect(records).toHaveLength(3);
  });

  it("bounds what waits by its size too", () => {
    upstream.setDefault(slow);
    runner = createRunner({ maxQueueLength: 1000 });
    const large = { ...request, messages: [{ role: "user" as const, content: "x".repeat(600) }] };
    for (let count = 0; count < 4; count += 1)
      offer({ request: large, route: routeWith({ maxConcurrency: 1 }) });
    expect(runner.stats()).toMatchObject({ running: 1, waiting: 1, dropped: { queue_full: 2 } });
  });

  it("keeps a slow target from filling the queue of the others", async () => {
    upstream.setDefault(({ model }) =>
      model === "openai-model" ? { kind: "hang", after: "request" } : slow,
    );
    runner = createRunner({ maxQueue: 100 });
    const shadow = both.map((each) => ({ ...each, maxConcurrency: 1, dailyUsd: null }));
    for (let count = 0; count < 30; count += 1) offer({ route: { ...route, shadow, timeoutMs: 60_000 } });
    expect(runner.stats()).toMatchObject({
      running: 1,
      waiting: 16,
      dropped: { concurrency: 13, queue_full: 0 },
    });
    offer({ answeredBy: "openai" });
    await expect.poll(() => records.length).toBe(1);
  });

  it("stops at the day's money and goes on the next day", async () => {
    let nowMs = Date.UTC(2026, 0, 1, 12);
    runner = createRunner({ now: () => nowMs });
    // A call costs 0.11: the third would pass 0.30.
    for (let count = 0; count < 4; count += 1) {
      offer({ route: routeWith({ dailyUsd: 0.3 }) });
      await runner.drain(1000);
    }
    expect(records).toHaveLength(2);
    expect(runner.stats().dropped.daily_usd).toBe(2);
    nowMs += 12 * 60 * 60 * 1000;
    offer({ route: routeWith({ dailyUsd: 0.3 }) });
    await runner.drain(1000);
    expect(records).toHaveLength(3);
  });

  it("does not spend under a cap when the price is not known", async () => {
    runner = createRunner({ costUsd: () => null });
    offer({ route: routeWith({ dailyUsd: 5 }) });
    offer({ route: routeWith({ dailyUsd: null }) });
    await runner.drain(1000);
    expect(runner.stats()).toMatchObject({ answered: 1, dropped: { price_unknown: 1 } });
    expect(records[0]?.costUsd).toBeNull();
  });

  it("says when draining took too long, and aborts at closing without blaming the target", async () => {
    upstream.setDefault(upstreamFaults.hang);
    const patient = { ...routeWith({ maxConcurrency: 1 }), timeoutMs: 60_000 };
    offer({ route: patient });
    offer({ route: patient });
    expect(await runner.drain(50)).toBe(false);
    await runner.close();
    await runner.close();
    offer({ route: patient });
    expect(await upstream.requests[0]?.sent).toBe(false);
    expect(records).toEqual([]);
    expect(runner.stats()).toMatchObject({ running: 0, waiting: 0, dropped: { closed: 3 } });
  });
});
