import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import { readJson } from "../../gateway/support/test-gateway.ts";
import { createLoadClient, killUnderLoad } from "../../support/engine-load.ts";
import { createShippedProvider } from "../../support/shipped-engine.ts";
import { type EngineGateway, startEngineGateway } from "../../support/start-engine-gateway.ts";
import { createTinyProvider, createTinySourceModel } from "../../support/tiny-engine.ts";
import { writeTestModel } from "../../support/tiny-model.ts";

const PATIENCE_MS = 120_000;

let engineGateway: EngineGateway | undefined;
afterEach(() => engineGateway?.close());

async function start(options: Parameters<typeof startEngineGateway>[0] = {}): Promise<EngineGateway> {
  engineGateway = await startEngineGateway(options);
  return engineGateway;
}

/** A provider whose only model has no file. */
function createProviderWithoutFile(): LlamaCppProvider {
  const missing = { ...createTinySourceModel("stylist-9b"), path: "/nowhere/model.gguf" };
  return createTinyProvider({ source: createFixedModelSource([missing]) });
}

/** A provider whose only model is a GGUF that ends too early. */
function createProviderWithDamagedFile(): LlamaCppProvider {
  const whole = createTinySourceModel("stylist-9b");
  const damaged = writeTestModel("damaged", readFileSync(whole.path).subarray(0, 200_000));
  return createTinyProvider({ source: createFixedModelSource([{ ...whole, path: damaged }]) });
}

describe("an engine that is killed under load", () => {
  it("leaves no request hanging and no answer half-written, and answers again once it is back", {
    timeout: PATIENCE_MS,
  }, async () => {
    const { tailor, local } = await start();
    const client = createLoadClient(tailor.url);
    const { outcomes, afterwards } = await killUnderLoad({ provider: local, client, kills: 4 });
    expect(outcomes.filter(({ kind }) => kind === "half")).toEqual([]);
    const refused = outcomes.filter((outcome) => outcome.kind === "refused");
    expect(refused.length).toBeGreaterThan(0);
    for (const refusal of refused) {
      expect(refusal).toMatchObject({
        status: 503,
        code: "unavailable",
        retryAfter: expect.stringMatching(/^\d+$/),
      });
    }
    expect(outcomes.some(({ kind }) => kind === "cut")).toBe(true);
    expect(afterwards).toEqual(afterwards.map(() => ({ kind: "answered" })));
    expect(local.stats()).toMatchObject({
      restarts: 4,
      lastDeath: { reason: expect.stringContaining("SIGKILL") },
    });
  });

  it("hands what it had not begun to answer to the route's next target", {
    timeout: PATIENCE_MS,
  }, async () => {
    const { tailor, local } = await start({ fallback: ["local", "upstream"] });
    const client = createLoadClient(tailor.url);
    const { outcomes } = await killUnderLoad({ provider: local, client, kills: 2 });
    // Only a stream that has begun cannot go elsewhere.
    expect(outcomes.filter(({ kind }) => kind === "half" || kind === "refused")).toEqual([]);
    expect(outcomes.filter(({ kind }) => kind === "answered").length).toBeGreaterThan(0);
  });
});

describe("a model that cannot be loaded", () => {
  it("is a 503 that says which and why", { timeout: PATIENCE_MS }, async () => {
    const { tailor } = await start({ local: createProviderWithoutFile() });
    const request = { model: "stylist", messages: [{ role: "user", content: "hello" }] };
    const response = await tailor.post("/v1/chat/completions", request);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
    const { error } = await readJson(response);
    expect(error).toMatchObject({ code: "unavailable", param: null });
    expect(error.message).toBe(
      "Model stylist-9b could not be loaded: the model file is missing; put it where the registry says, or correct the entry.",
    );
    const readiness = await fetch(`${tailor.url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({
      ready: false,
      providers: {
        local: { state: "failed", detail: expect.stringContaining("stylist-9b could not be loaded") },
      },
    });
  });

  it("leaves the routes of other targets as they are", { timeout: PATIENCE_MS }, async () => {
    const { tailor, local } = await start({ local: createProviderWithDamagedFile() });
    const ask = (model: string) =>
      tailor.post("/v1/chat/completions", { model, messages: [{ role: "user", content: "hello" }] });
    // Also while the engine is still finding out.
    expect((await ask("elsewhere")).status).toBe(200);
    await vi.waitFor(() => expect(local.health().state).toBe("failed"), { timeout: 30_000 });
    const [refused, answered] = await Promise.all([ask("stylist"), ask("elsewhere")]);
    expect(refused.status).toBe(503);
    expect((await readJson(refused)).error.message).toContain("cut short or damaged");
    expect(answered.status).toBe(200);
    expect((await readJson(answered)).choices[0].message.content).toBeTypeOf("string");
    const readiness = await readJson(await fetch(`${tailor.url}/readyz`));
    expect(readiness.routes).toEqual({ stylist: { ready: false }, elsewhere: { ready: true } });
  });

  it("and falls back where the route has another target", { timeout: PATIENCE_MS }, async () => {
    const fallback = ["local", "upstream"];
    const { tailor } = await start({ fallback, local: createProviderWithoutFile() });
    const request = { model: "stylist", messages: [{ role: "user", content: "hello" }] };
    const response = await tailor.post("/v1/chat/completions", request);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-tailor-fallback")).toBe("local:unavailable");
  });
});

describe("readiness", () => {
  it("follows the engine from loading to ready and through a restart", { timeout: PATIENCE_MS }, async () => {
    const { tailor, local } = await start();
    const readState = async () => {
      const response = await fetch(`${tailor.url}/readyz`);
      const { ready, providers } = await readJson(response);
      return { status: response.status, ready, ...providers.local };
    };
    expect(await readState()).toMatchObject({ status: 503, ready: false, state: "loading", percent: 0 });
    await vi.waitFor(async () => expect(await readState()).toMatchObject({ status: 200, state: "ready" }), {
      timeout: 30_000,
    });
    process.kill(local.stats().processId ?? 0, "SIGKILL");
    await vi.waitFor(async () => expect(await readState()).toMatchObject({ state: "degraded" }), {
      interval: 5,
    });
    await vi.waitFor(async () => expect(await readState()).toMatchObject({ status: 200, state: "ready" }), {
      timeout: 30_000,
    });
  });
});

describe("a model that takes its time to load", () => {
  it("is told with how far it is", { timeout: PATIENCE_MS }, async () => {
    const { tailor } = await start({ local: createShippedProvider() });
    const seen: { state: string; percent?: number }[] = [];
    await vi.waitFor(
      async () => {
        const { providers } = await readJson(await fetch(`${tailor.url}/readyz`));
        seen.push(providers.local);
        expect(providers.local.state).toBe("ready");
      },
      { timeout: 60_000, interval: 1 },
    );
    const percents = seen.flatMap(({ state, percent }) =>
      state === "loading" ? [percent ?? Number.NaN] : [],
    );
    expect(percents.some((percent) => percent > 0 && percent < 100)).toBe(true);
    expect(percents).toEqual([...percents].sort((left, right) => left - right));
  });
});

describe("a client that leaves", () => {
  it("frees the slot for the next one", { timeout: PATIENCE_MS }, async () => {
    const { tailor, local } = await start({ local: createTinyProvider({ sequences: 1 }) });
    const controller = new AbortController();
    const response = await fetch(`${tailor.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      signal: controller.signal,
      body: JSON.stringify({
        model: "stylist",
        messages: [{ role: "user", content: "hello" }],
        // Many times more than the next answer needs: it would come far too late if this went on.
        max_tokens: 1500,
        stream: true,
        response_format: {
          type: "json_schema",
          json_schema: {
            name: "numbers",
            schema: { type: "array", items: { type: "integer" }, minItems: 900 },
          },
        },
      }),
    });
    await response.body?.getReader().read();
    expect(local.stats().slots.busy).toBe(1);
    controller.abort();
    await vi.waitFor(() => expect(local.stats().slots.busy).toBe(0), { timeout: 30_000, interval: 5 });
    const next = await local.complete({
      request: { model: "any", messages: [{ role: "user", content: "hello" }], max_tokens: 1 },
      model: "default",
      signal: AbortSignal.timeout(30_000),
      priority: "primary",
    });
    expect(next.completion.choices).toHaveLength(1);
  });
});

describe("an engine that cannot start on this machine", () => {
  it("is told with what to do about it", { timeout: PATIENCE_MS }, async () => {
    const gpu = process.platform === "darwin" ? ("cuda" as const) : ("metal" as const);
    const { local, tailor } = await start({ local: createTinyProvider({ gpu }) });
    await vi.waitFor(() => expect(local.health().state).toBe("failed"), { timeout: 30_000 });
    expect(local.health().detail).toBe(
      `The local engine cannot start: its native library could not be loaded with gpu: ${gpu}; set gpu to auto or off.`,
    );
    const request = { model: "stylist", messages: [{ role: "user", content: "hello" }] };
    expect((await tailor.post("/v1/chat/completions", request)).status).toBe(503);
  });
});
