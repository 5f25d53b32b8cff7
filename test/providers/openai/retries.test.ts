import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pickRetryDelay } from "../../../src/providers/openai/calls/retry-policy.ts";
import {
  createOpenAiProvider,
  type OpenAiProviderOptions,
} from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { ProviderError, type ProviderErrorData } from "../../../src/providers/provider-error.ts";
import { createRandom } from "../../support/random.ts";
import {
  createScriptedUpstream,
  reserveRefusedUrl,
  type ScriptedUpstream,
} from "../../support/scripted-upstream.ts";
import { type UpstreamScript, upstreamFaults } from "../../support/upstream-script.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

let upstream: ScriptedUpstream;
let provider: Provider;
let waits: number[];
beforeEach(async () => {
  upstream = await createScriptedUpstream();
  waits = [];
  provider = createProvider();
});
afterEach(async () => {
  await provider.close(100);
  await upstream.close();
});

function createProvider(options: Partial<OpenAiProviderOptions> = {}): Provider {
  return createOpenAiProvider({
    id: "upstream",
    baseUrl: upstream.baseUrl,
    licenseClass: "unknown",
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms);
    },
    ...options,
  });
}

const answerWith = (status: number, headers: Record<string, string> = {}): UpstreamScript => ({
  kind: "raw",
  status,
  headers,
  body: JSON.stringify({ error: { message: "no", type: "t", param: null, code: null } }),
});

describe("asking the same upstream again", () => {
  const passing: [name: string, script: UpstreamScript][] = [
    ["a reset before the headers", upstreamFaults.resetBefore],
    ["a rate limit", upstreamFaults.rateLimited],
    ["a request timeout", answerWith(408)],
    ["a conflict", answerWith(409)],
    ["a server error", upstreamFaults.serverError],
    ["an HTML page with 503", upstreamFaults.unavailable],
  ];

  it.each(passing)("follows %s, whole answers and streams alike", async (_name, script) => {
    upstream.play(script);
    const onRetry = vi.fn();
    await provider.complete({ ...createCall(), onRetry });
    expect(onRetry).toHaveBeenCalledTimes(1);
    upstream.play(script, script);
    const stream = await provider.stream({ ...createCall({ stream: true }), onRetry });
    expect((await collect(stream.chunks)).length).toBeGreaterThan(2);
    expect(onRetry).toHaveBeenCalledTimes(3);
    expect(provider.gauges?.()).toMatchObject({ retries: 3, open_circuits: 0 });
  });

  const final: [name: string, script: UpstreamScript][] = [
    ["a bad request", upstreamFaults.badRequest],
    ["a bad key", upstreamFaults.badKey],
    ["something never implemented", answerWith(501)],
    ["a cut behind the first byte", upstreamFaults.resetInBody],
    ["an error body with status 200", upstreamFaults.errorBody],
  ];

  it.each(final)("does not follow %s", async (_name, script) => {
    upstream.play(script);
    await expect(provider.complete(createCall())).rejects.toBeInstanceOf(ProviderError);
    expect(upstream.requests).toHaveLength(1);
  });

  it("does not follow a stream that was cut after it began", async () => {
    upstream.play(upstreamFaults.cutBroken);
    const { chunks } = await provider.stream(createCall({ stream: true }));
    await expect(collect(chunks)).rejects.toMatchObject({ kind: "unavailable" });
    expect(upstream.requests).toHaveLength(1);
  });

  it("obeys x-should-retry before it looks at the status", async () => {
    upstream.play(answerWith(500, { "x-should-retry": "false" }));
    await expect(provider.complete(createCall())).rejects.toMatchObject({ status: 500 });
    upstream.play(answerWith(400, { "x-should-retry": "true" }));
    await expect(provider.complete(createCall())).resolves.toBeDefined();
    expect(upstream.requests).toHaveLength(3);
  });

  it("ends after its number of tries with the last error", async () => {
    upstream.play(answerWith(500), answerWith(502), answerWith(503));
    await expect(provider.complete(createCall())).rejects.toMatchObject({ status: 503 });
    expect(waits).toEqual([100, 200]);
  });

  it("waits as long as the upstream says, and not at all where that is too long", async () => {
    upstream.play(answerWith(429, { "retry-after-ms": "1500", "retry-after": "60" }));
    await provider.complete(createCall());
    expect(waits).toEqual([1600]);
    upstream.play(answerWith(429, { "retry-after": "60" }));
    await expect(provider.complete(createCall())).rejects.toMatchObject({ retryAfterMs: 60_000 });
    expect(waits).toHaveLength(1);
  });

  it("never begins a wait that the call's own time limit would end", async () => {
    await provider.close(0);
    provider = createProvider({ timeouts: { totalMs: 1000 } });
    upstream.play(answerWith(429, { "retry-after-ms": "1500" }));
    await expect(provider.complete(createCall())).rejects.toMatchObject({ kind: "rate_limited" });
  });

  it("asks once for a shadow", async () => {
    upstream.play(answerWith(503));
    await expect(provider.complete(createCall({}, { priority: "shadow" }))).rejects.toMatchObject({
      status: 503,
    });
    expect(upstream.requests).toHaveLength(1);
  });

  it("tries a refused connection again", async () => {
    await provider.close(0);
    provider = createProvider({ baseUrl: await reserveRefusedUrl() });
    await expect(provider.complete(createCall())).rejects.toMatchObject({ kind: "unavailable" });
    expect(waits).toHaveLength(2);
  });

  it("gives up its wait when the caller leaves", async () => {
    await provider.close(0);
    provider = createProvider({
      sleep: undefined,
      random: () => 0.999,
      retries: { baseMs: 60_000, maxDelayMs: 60_000, budgetMs: 100_000 },
    });
    upstream.play(answerWith(503));
    const controller = new AbortController();
    const reason = new Error("left");
    const answer = provider.complete(createCall({}, { signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 100);
    await expect(answer).rejects.toBe(reason);
  });
});

describe("pickRetryDelay", () => {
  const limits = { max: 5, baseMs: 100, maxDelayMs: 1000, budgetMs: 10_000 };
  const fail = (data: Partial<ProviderErrorData> = {}) =>
    new ProviderError("x", { kind: "unavailable", ...data });

  it("picks anywhere below a bound that doubles up to its limit", () => {
    const random = createRandom(7);
    for (const [retries, bound] of [100, 200, 400, 800, 1000].entries()) {
      const delays = Array.from({ length: 300 }, () =>
        pickRetryDelay(fail(), { limits, retries, elapsedMs: 0, random }),
      );
      const numbers = delays.map(Number);
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
      expect(Math.min(...numbers)).toBeLessThan(bound * 0.1);
      expect(Math.max(...numbers)).toBeLessThan(bound);
      expect(Math.max(...numbers)).toBeGreaterThan(bound * 0.9);
    }
  });

  it("gives up at its number of tries and beyond its budget", () => {
    const random = () => 0.5;
    expect(pickRetryDelay(fail(), { limits, retries: 5, elapsedMs: 0, random })).toBeNull();
    expect(pickRetryDelay(fail(), { limits, retries: 0, elapsedMs: 9_960, random })).toBeNull();
    expect(pickRetryDelay(fail(), { limits, retries: 0, elapsedMs: 9_950, random })).toBe(50);
  });
});
