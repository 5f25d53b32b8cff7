import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCircuitBreaker } from "../../../src/providers/openai/calls/circuit-breaker.ts";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../../support/scripted-upstream.ts";
import { upstreamFaults } from "../../support/upstream-script.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

const limits = { failures: 3, failurePercent: 50, minCalls: 10, windowMs: 1000, openMs: 500 };

describe("createCircuitBreaker", () => {
  let nowMs = 0;
  const create = () => createCircuitBreaker(limits, () => nowMs);
  beforeEach(() => {
    nowMs = 10_000;
  });

  it("opens after so many failures in a row and tells how long it stays shut off", () => {
    const breaker = create();
    breaker.noteFailure();
    breaker.noteFailure();
    breaker.noteSuccess();
    breaker.noteFailure();
    breaker.noteFailure();
    expect(breaker.enter()).toBe(0);
    breaker.noteFailure();
    expect(breaker.state()).toBe("open");
    nowMs += 200;
    expect(breaker.enter()).toBe(300);
  });

  it("opens at a share of failures once there are enough calls, counting only its window", () => {
    const breaker = create();
    for (let count = 0; count < 4; count += 1) {
      breaker.noteFailure();
      breaker.noteSuccess();
    }
    breaker.noteFailure();
    expect(breaker.state()).toBe("closed");
    nowMs += 1001;
    for (let count = 0; count < 4; count += 1) {
      breaker.noteSuccess();
      breaker.noteFailure();
    }
    expect(breaker.state()).toBe("closed");
    breaker.noteSuccess();
    breaker.noteFailure();
    expect(breaker.state()).toBe("open");
  });

  it("lets one probe through at a time", () => {
    const breaker = create();
    for (let count = 0; count < 3; count += 1) breaker.noteFailure();
    nowMs += 500;
    expect(breaker.state()).toBe("half-open");
    expect(breaker.enter()).toBe(0);
    expect(breaker.enter()).toBe(500);
    // A probe that never comes back does not keep the circuit open for ever.
    nowMs += 500;
    expect(breaker.enter()).toBe(0);
  });

  it("closes after a good probe and begins to count anew", () => {
    const breaker = create();
    for (let count = 0; count < 3; count += 1) breaker.noteFailure();
    nowMs += 500;
    breaker.enter();
    breaker.noteSuccess();
    expect(breaker.state()).toBe("closed");
    breaker.noteFailure();
    breaker.noteFailure();
    expect(breaker.state()).toBe("closed");
  });

  it("opens again after a bad probe, and is not held open by calls from before", () => {
    const breaker = create();
    for (let count = 0; count < 3; count += 1) breaker.noteFailure();
    nowMs += 400;
    breaker.noteFailure();
    nowMs += 100;
    expect(breaker.enter()).toBe(0);
    breaker.noteFailure();
    expect(breaker.state()).toBe("open");
    expect(breaker.enter()).toBe(500);
  });
});

describe("an upstream that keeps failing", () => {
  let upstream: ScriptedUpstream;
  let provider: Provider;
  let nowMs = 0;
  beforeEach(async () => {
    nowMs = 10_000;
    upstream = await createScriptedUpstream({ models: ["upstream-model", "other-model"] });
    provider = createOpenAiProvider({
      id: "upstream",
      baseUrl: upstream.baseUrl,
      licenseClass: "unknown",
      retries: { max: 0 },
      circuit: limits,
      now: () => nowMs,
    });
  });
  afterEach(async () => {
    await provider.close(100);
    await upstream.close();
  });

  async function failThrice(): Promise<void> {
    upstream.play(upstreamFaults.serverError, upstreamFaults.resetBefore, upstreamFaults.halfJson);
    for (let count = 0; count < 3; count += 1) await provider.complete(createCall()).catch(() => {});
  }

  it("is left alone at once, so that another target can answer", async () => {
    await failThrice();
    const { length } = upstream.requests;
    const refusal = { name: "ProviderError", kind: "unavailable", code: "circuit_open", retryAfterMs: 500 };
    await expect(provider.complete(createCall())).rejects.toMatchObject(refusal);
    await expect(provider.stream(createCall({ stream: true }))).rejects.toMatchObject(refusal);
    expect(upstream.requests).toHaveLength(length);
  });

  it("says so in its health and its gauges, model by model", async () => {
    await failThrice();
    expect(provider.health()).toEqual({
      state: "degraded",
      detail: "Circuit open after failures: upstream-model.",
    });
    expect(provider.gauges?.()).toMatchObject({ open_circuits: 1 });
    await expect(provider.complete(createCall({}, { model: "other-model" }))).resolves.toBeDefined();
  });

  it("is asked again after its time, and trusted once it answers", async () => {
    await failThrice();
    nowMs += 500;
    await expect(provider.complete(createCall())).resolves.toBeDefined();
    expect(provider.health().state).toBe("ready");
    expect(provider.gauges?.()).toMatchObject({ open_circuits: 0 });
  });

  it("is trusted at the first chunk of a stream, not at its end", async () => {
    await failThrice();
    nowMs += 500;
    const { chunks } = await provider.stream(createCall({ stream: true }));
    const reader = chunks[Symbol.asyncIterator]();
    await reader.next();
    expect(provider.gauges?.()).toMatchObject({ open_circuits: 0 });
    await reader.return?.();
  });

  it("counts streams that are cut in the middle", async () => {
    upstream.play(upstreamFaults.cutBroken, upstreamFaults.cutCleanly, upstreamFaults.errorFrame);
    for (let count = 0; count < 3; count += 1) {
      const { chunks } = await provider.stream(createCall({ stream: true }));
      await collect(chunks).catch(() => {});
    }
    expect(provider.gauges?.()).toMatchObject({ open_circuits: 1 });
  });

  it("is not blamed for refusals, rate limits and callers who leave", async () => {
    upstream.play(upstreamFaults.badRequest, upstreamFaults.rateLimited, upstreamFaults.tooLong);
    for (let count = 0; count < 3; count += 1) await provider.complete(createCall()).catch(() => {});
    upstream.play(upstreamFaults.hang, upstreamFaults.hang, upstreamFaults.hang);
    const leaving = Array.from({ length: 3 }, () =>
      provider.complete(createCall({}, { signal: AbortSignal.timeout(50) })).catch(() => {}),
    );
    await Promise.all(leaving);
    expect(provider.gauges?.()).toMatchObject({ open_circuits: 0 });
  });
});
