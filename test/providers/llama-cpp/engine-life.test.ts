import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import type { LlamaCppProviderOptions } from "../../../src/providers/llama-cpp/llama-cpp-options.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import {
  createFixedModelSource,
  type ModelCatalogue,
  type SourceModel,
} from "../../../src/providers/llama-cpp/model-source.ts";
import { createTinyProvider, createTinySourceModel } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

// Each test starts engines of its own, which takes seconds where others want the cores too.
vi.setConfig({ testTimeout: 120_000 });

const providers: LlamaCppProvider[] = [];
afterEach(() => Promise.all(providers.splice(0).map((provider) => provider.close(0))));

function open(options: Partial<LlamaCppProviderOptions> = {}): LlamaCppProvider {
  const provider = createTinyProvider(options);
  providers.push(provider);
  return provider;
}

/** Keeps a slot busy for seconds: a random model finds no way to close this array early. */
const slow = {
  max_tokens: 1500,
  temperature: 1,
  response_format: {
    type: "json_schema" as const,
    json_schema: { name: "numbers", schema: { type: "array", items: { type: "integer" }, minItems: 900 } },
  },
};

function createSource(first: SourceModel) {
  let catalogue: ModelCatalogue = { models: [first], defaultName: first.name };
  const listeners = new Set<() => void>();
  return {
    current: () => catalogue,
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    register(model: SourceModel) {
      catalogue = { models: [...catalogue.models, model], defaultName: model.name };
      for (const listener of listeners) listener();
    },
  };
}

const waitUntilReady = (provider: LlamaCppProvider) =>
  vi.waitFor(() => expect(provider.health().state).toBe("ready"), { timeout: 30_000 });

/** A schema is compiled, in a thread that may have to start first, before its call is in line. */
const waitUntilBusy = (provider: LlamaCppProvider, slots: number) =>
  vi.waitFor(() => expect(provider.stats().slots.busy).toBe(slots), { timeout: 20_000, interval: 5 });

async function readAll(iterator: AsyncIterator<unknown>): Promise<void> {
  while ((await iterator.next()).done !== true);
}

it("says that it is loading, then what it runs on", async () => {
  const provider = open();
  expect(provider.health()).toMatchObject({ state: "loading", percent: 0 });
  await waitUntilReady(provider);
  expect(provider.health().detail).toContain("tiny on cpu: 1 threads");
});

it("survives a killed engine: pending calls fail as unavailable, the next call is answered", async () => {
  const provider = open();
  await waitUntilReady(provider);
  const pending = provider.complete(createCall(slow));
  pending.catch(() => {});
  await waitUntilBusy(provider, 1);
  const { processId } = provider.stats();
  process.kill(processId ?? 0, "SIGKILL");
  await expect(pending).rejects.toMatchObject({ kind: "unavailable", retryAfterMs: expect.any(Number) });
  expect(provider.health().state).toBe("degraded");
  await waitUntilReady(provider);
  await expect(provider.complete(createCall({ max_tokens: 2 }))).resolves.toBeDefined();
  expect(provider.stats()).toMatchObject({ restarts: 1, slots: { busy: 0 } });
  expect(provider.stats().processId).not.toBe(processId);
});

it("tells its owner of each end of the engine", async () => {
  const onEngineDeath = vi.fn();
  const provider = open({ onEngineDeath });
  await waitUntilReady(provider);
  process.kill(provider.stats().processId ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(onEngineDeath).toHaveBeenCalledTimes(1), { timeout: 30_000 });
  const death = { reason: "the engine process ended (SIGKILL)", why: null };
  expect(onEngineDeath).toHaveBeenCalledWith(death);
  expect(provider.stats().lastDeath).toEqual({ ...death, at: expect.any(String) });
});

it.runIf(process.platform === "linux")(
  "offers its engine to the kernel before the gateway when memory ends",
  async () => {
    const provider = open();
    await waitUntilReady(provider);
    const readScore = (process: string) => Number(readFileSync(`/proc/${process}/oom_score_adj`, "utf8"));
    expect(readScore(String(provider.stats().processId))).toBe(Math.max(500, readScore("self")));
  },
);

it("frees the slot of an aborted call", async () => {
  const provider = open({ sequences: 1 });
  const controller = new AbortController();
  const pending = provider.complete(createCall(slow, { signal: controller.signal }));
  await vi.waitFor(() => expect(provider.health().state).toBe("ready"), { timeout: 30_000 });
  controller.abort(new Error("left"));
  await expect(pending).rejects.toThrow("left");
  await vi.waitFor(() => expect(provider.stats().slots.busy).toBe(0), { timeout: 3000 });
  await expect(provider.complete(createCall({ max_tokens: 1 }))).resolves.toBeDefined();
});

it("frees the slot of a call that is aborted while its model waits to be loaded", async () => {
  const models = [createTinySourceModel("one"), createTinySourceModel("two", { seed: 2 })];
  const source = createFixedModelSource(models);
  const provider = open({ source, maxLoadedModels: 1 });
  await waitUntilReady(provider);
  const controller = new AbortController();
  const onAnswered = vi.fn();
  provider.complete(createCall(slow, { model: "one", signal: controller.signal })).then(onAnswered, () => {});
  await waitUntilBusy(provider, 1);
  const leaving = new AbortController();
  const left = provider.complete(createCall({ max_tokens: 1 }, { model: "two", signal: leaving.signal }));
  left.catch(() => {});
  // It cannot be done before the answer is.
  await vi.waitFor(() => expect(provider.stats().models[1]?.state).toBe("loading"), { timeout: 20_000 });
  leaving.abort(new Error("left"));
  await expect(left).rejects.toThrow("left");
  await waitUntilBusy(provider, 1);
  // The one that is left is the other one.
  expect(onAnswered).not.toHaveBeenCalled();
  expect(provider.stats().models[1]?.state).toBe("loading");
  controller.abort(new Error("enough"));
});

it("kills an engine that hangs while it loads: the call fails as unavailable and the next one is answered", async () => {
  const provider = open({ stallMs: 5000 });
  const pending = provider.complete(createCall({ max_tokens: 2 }));
  pending.catch(() => {});
  await vi.waitFor(() => expect(provider.stats().models[0]?.state).toBe("loading"), {
    timeout: 30_000,
    interval: 1,
  });
  process.kill(provider.stats().processId ?? 0, "SIGSTOP");
  await expect(pending).rejects.toMatchObject({ kind: "unavailable", retryAfterMs: expect.any(Number) });
  await waitUntilReady(provider);
  await expect(provider.complete(createCall({ max_tokens: 2 }))).resolves.toBeDefined();
  expect(provider.stats()).toMatchObject({
    restarts: 1,
    lastDeath: { reason: expect.stringContaining("SIGKILL") },
  });
});

it("refuses calls when its queue is full or the wait too long", async () => {
  const provider = open({ sequences: 1, maxWaiting: 1, maxWaitMs: 150 });
  await waitUntilReady(provider);
  const controller = new AbortController();
  const running = provider.complete(createCall(slow, { signal: controller.signal }));
  running.catch(() => {});
  await waitUntilBusy(provider, 1);
  const waiting = provider.complete(createCall());
  waiting.catch(() => {});
  await expect(provider.complete(createCall())).rejects.toMatchObject({
    kind: "overloaded",
    retryAfterMs: expect.any(Number),
  });
  await expect(waiting).rejects.toMatchObject({ kind: "overloaded" });
  controller.abort(new Error("enough"));
});

it("answers several calls at the same time", async () => {
  const provider = open({ sequences: 3 });
  await waitUntilReady(provider);
  const calls = Array.from({ length: 5 }, (_, seed) =>
    provider.complete(createCall({ max_tokens: 30, temperature: 1, seed })),
  );
  await waitUntilBusy(provider, 3);
  const together = (await Promise.all(calls)).map(({ completion }) => completion.choices[0]?.message.content);
  const alone = await provider.complete(createCall({ max_tokens: 30, temperature: 1, seed: 2 }));
  // Batches of other sizes may round otherwise, which a long text would show.
  expect(together[2]?.slice(0, 8)).toBe(alone.completion.choices[0]?.message.content?.slice(0, 8));
  expect(new Set(together).size).toBe(5);
});

it("begins a new answer between two tokens of those being written", async () => {
  const provider = open({ sequences: 4 });
  await provider.complete(createCall({ max_tokens: 4 }));
  const controller = new AbortController();
  const running = [1, 2, 3].map((seed) =>
    provider.complete(createCall({ ...slow, seed }, { signal: controller.signal })),
  );
  const left = Promise.allSettled(running);
  await waitUntilBusy(provider, 3);
  const system = { role: "system" as const, content: "instructions that are worth storing ".repeat(10) };
  for (const content of ["one", "two"]) {
    const messages = [system, { role: "user" as const, content }];
    await provider.complete(createCall({ messages, max_tokens: 4 }));
  }
  expect(provider.stats().slots.busy).toBe(3);
  controller.abort(new Error("enough"));
  await left;
});

it("takes the common beginning of a prompt from an answer that is still being written", async () => {
  const provider = open();
  await waitUntilReady(provider);
  const system = { role: "system" as const, content: "a long instruction ".repeat(12) };
  const ask = (content: string) => [system, { role: "user" as const, content }];
  const controller = new AbortController();
  const stream = await provider.stream(
    createCall({ ...slow, messages: ask("one") }, { signal: controller.signal }),
  );
  const chunks = stream.chunks[Symbol.asyncIterator]();
  await chunks.next();
  await chunks.next();
  const shared = await provider.complete(
    createCall({ messages: ask("two"), max_tokens: 12, temperature: 0 }),
  );
  expect(shared.completion.usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(100);
  controller.abort(new Error("enough"));
  // What was written before may still come.
  await expect(readAll(chunks)).rejects.toThrow("enough");
  const fresh = open();
  const cold = await fresh.complete(createCall({ messages: ask("two"), max_tokens: 12, temperature: 0 }));
  expect(cold.completion.usage?.prompt_tokens_details?.cached_tokens).toBe(0);
  expect(shared.completion.choices[0]?.message.content).toBe(cold.completion.choices[0]?.message.content);
});

it("serves a newly registered default model without a restart, and the old one by name", async () => {
  const source = createSource(createTinySourceModel("first"));
  const provider = open({ source });
  const request = { max_tokens: 16, temperature: 0 };
  const before = await provider.complete(createCall(request));
  expect(before).toMatchObject({ facts: { modelVersion: "first@1" }, completion: { model: "first" } });
  const { processId } = provider.stats();
  source.register(createTinySourceModel("second", { seed: 2 }));
  await vi.waitFor(async () => {
    const { facts } = await provider.complete(createCall(request));
    expect(facts.modelVersion).toBe("second@1");
  }, 10_000);
  const old = await provider.complete(createCall(request, { model: "first" }));
  expect(old.completion.choices[0]?.message.content).toBe(before.completion.choices[0]?.message.content);
  expect(provider.stats().processId).toBe(processId);
});

it("keeps the old default when the new one cannot be loaded", async () => {
  const source = createSource(createTinySourceModel("first"));
  const provider = open({ source });
  await waitUntilReady(provider);
  source.register({ ...createTinySourceModel("broken"), path: "/nowhere/model.gguf" });
  await vi.waitFor(() => expect(provider.health().state).toBe("degraded"), { timeout: 30_000 });
  expect(provider.health().detail).toContain("the model file is missing");
  expect(provider.health().detail).not.toContain("/nowhere");
  const { facts } = await provider.complete(createCall({ max_tokens: 1 }));
  expect(facts.modelVersion).toBe("first@1");
  await expect(provider.complete(createCall({}, { model: "broken" }))).rejects.toMatchObject({
    kind: "unavailable",
  });
});

it("puts away the model used longest ago", async () => {
  const source = createSource(createTinySourceModel("one"));
  const provider = open({ source, maxLoadedModels: 2 });
  for (const [index, name] of ["one", "two", "three"].entries()) {
    if (index > 0) source.register(createTinySourceModel(name, { seed: index + 1 }));
    await provider.complete(createCall({ max_tokens: 1 }, { model: name }));
  }
  const states = () => Object.fromEntries(provider.stats().models.map(({ name, state }) => [name, state]));
  await vi.waitFor(() => expect(states()).toEqual({ one: "idle", two: "loaded", three: "loaded" }));
});

it("says model_not_found while no model is registered", async () => {
  const provider = open({
    source: { current: () => ({ models: [], defaultName: null }), onChange: () => () => {} },
  });
  expect(provider.health()).toMatchObject({ state: "failed" });
  await expect(provider.complete(createCall())).rejects.toMatchObject({ kind: "model_not_found" });
});

it("finishes the answer in flight when it closes, and leaves no process behind", async () => {
  const provider = open();
  await waitUntilReady(provider);
  const { processId } = provider.stats();
  const answer = provider.complete(createCall({ max_tokens: 100, temperature: 0 }));
  await waitUntilBusy(provider, 1);
  await provider.close(5000);
  await expect(answer).resolves.toBeDefined();
  expect(() => process.kill(processId ?? 0, 0)).toThrow("ESRCH");
});

it("ends the engine when the gateway is killed", async () => {
  const code = `
    const { createTinyProvider } = await import(${JSON.stringify(new URL("../../support/tiny-engine.ts", import.meta.url).href)});
    const provider = createTinyProvider();
    process.stdout.write(String(provider.stats().processId));
    setInterval(() => {}, 1000);`;
  const gateway = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await once(gateway.stdout, "data");
  const engineId = Number(String(output));
  expect(() => process.kill(engineId, 0)).not.toThrow();
  gateway.kill("SIGKILL");
  await vi.waitFor(() => expect(() => process.kill(engineId, 0)).toThrow("ESRCH"), {
    timeout: 30_000,
    interval: 100,
  });
});
