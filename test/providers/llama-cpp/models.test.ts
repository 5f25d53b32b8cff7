import { copyFileSync, mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { LlamaCppProviderOptions } from "../../../src/providers/llama-cpp/llama-cpp-options.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource, type SourceModel } from "../../../src/providers/llama-cpp/model-source.ts";
import { createTinyAdapter } from "../../support/tiny-adapter.ts";
import { createTinyProvider, createTinySourceModel } from "../../support/tiny-engine.ts";
import { createTinyModel } from "../../support/tiny-model.ts";
import { createCall } from "./create-call.ts";

// Each test starts engines of its own, which takes seconds where others want the cores too.
vi.setConfig({ testTimeout: 120_000 });

const providers: LlamaCppProvider[] = [];
afterEach(() => Promise.all(providers.splice(0).map((provider) => provider.close(0))));

function open(
  models: readonly SourceModel[],
  options: Partial<LlamaCppProviderOptions> = {},
): LlamaCppProvider {
  const provider = createTinyProvider({ source: createFixedModelSource(models), ...options });
  providers.push(provider);
  return provider;
}

function withAdapter(model: SourceModel, name: string, seed: number): SourceModel {
  return { ...model, name, version: `${name}@1`, adapter: { name, path: createTinyAdapter({ seed }) } };
}

async function ask(provider: LlamaCppProvider, model: string, request: object = {}): Promise<string> {
  const fields = { max_tokens: 16, temperature: 0, ...request };
  const { completion } = await provider.complete(createCall(fields, { model }));
  return completion.choices[0]?.message.content ?? "";
}

const statesOf = (provider: LlamaCppProvider) =>
  Object.fromEntries(provider.stats().models.map(({ name, state }) => [name, state]));

describe("adapters", () => {
  it("answer each for themselves on one copy of the base", async () => {
    const base = createTinySourceModel("base");
    const provider = open([base, withAdapter(base, "one", 1), withAdapter(base, "two", 2)]);
    const alone = await ask(provider, "base");
    const [one, two] = [await ask(provider, "one"), await ask(provider, "two")];
    expect(new Set([alone, one, two]).size).toBe(3);
    expect(await ask(provider, "base")).toBe(alone);
    expect(await ask(provider, "one")).toBe(one);
    expect(statesOf(provider)).toEqual({ base: "loaded", one: "loaded", two: "loaded" });
    const { facts } = await provider.complete(createCall({ max_tokens: 1 }, { model: "two" }));
    expect(facts.adapter).toBe("two");
  });

  it("share the base's weights in the memory budget", async () => {
    const base = createTinySourceModel("base");
    const other = createTinySourceModel("other", { seed: 2 });
    const probe = open([base]);
    await ask(probe, "base");
    const { weightBytes = 0, contextBytes = 0 } = { ...probe.stats().models[0] };
    // Room for one copy of the weights and two contexts, not for two copies.
    const memoryBudgetBytes = Number(weightBytes) * 1.5 + Number(contextBytes) * 2;
    // Another path to the same file is the same base.
    const link = path.join(mkdtempSync(path.join(tmpdir(), "tailor-link-")), "base.gguf");
    symlinkSync(base.path, link);
    const linked = { ...withAdapter(base, "one", 1), path: link };
    const provider = open([base, linked, other], { memoryBudgetBytes });
    await ask(provider, "base");
    await ask(provider, "one");
    expect(statesOf(provider)).toMatchObject({ base: "loaded", one: "loaded" });
    await ask(provider, "other");
    expect(statesOf(provider)).toMatchObject({ base: "idle", one: "idle", other: "loaded" });
  });

  it("that do not fit their base are refused with a sentence, and the base answers on", async () => {
    const base = createTinySourceModel("base");
    const misfit = {
      ...withAdapter(base, "misfit", 1),
      adapter: { name: "misfit", path: createTinyModel() },
    };
    const provider = open([base, misfit]);
    await expect(ask(provider, "misfit")).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("not a LoRA adapter"),
      retryAfterMs: expect.any(Number),
    });
    await expect(ask(provider, "base")).resolves.toBeTypeOf("string");
  });
});

describe("the memory budget", () => {
  it("puts the model used longest ago away, never one that is answering, and loses no call", async () => {
    const models = [1, 2, 3].map((seed) => createTinySourceModel(`model-${seed}`, { seed }));
    const provider = open(models, { maxLoadedModels: 1, sequences: 2, maxWaiting: 64 });
    const expected = new Map<string, string>();
    for (const { name } of models) expected.set(name, await ask(provider, name));
    const calls = Array.from({ length: 18 }, (_, index) => `model-${(index % 3) + 1}`);
    const answers = await Promise.all(calls.map((name) => ask(provider, name)));
    expect(answers).toEqual(calls.map((name) => expected.get(name)));
    expect(Object.values(statesOf(provider)).filter((state) => state === "loaded")).toHaveLength(1);
  });

  it("leaves a default that was put away ready: a call loads it again", async () => {
    const models = [1, 2].map((seed) => createTinySourceModel(`model-${seed}`, { seed }));
    const provider = open(models, { maxLoadedModels: 1 });
    await ask(provider, "default");
    await ask(provider, "model-2");
    expect(statesOf(provider)).toMatchObject({ "model-1": "idle" });
    const detail = "model-1 is put away; it is loaded again when asked for.";
    expect(provider.health()).toEqual({ state: "ready", detail });
    await ask(provider, "default");
    expect(provider.health()).toMatchObject({ state: "ready", detail: expect.stringContaining("threads") });
  });

  it("refuses a model that cannot fit with a sentence, and serves the others", async () => {
    const small = createTinySourceModel("small", { contextLength: 512 });
    const large = createTinySourceModel("large", { contextLength: 65_536 });
    const provider = open([small, large], { memoryBudgetBytes: 60_000_000, maxContextLength: 65_536 });
    await expect(ask(provider, "large")).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/large could not be loaded: not enough memory: it needs \d+ MB/),
    });
    await expect(ask(provider, "small")).resolves.toBeTypeOf("string");
    expect(provider.stats().models.find(({ name }) => name === "large")).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("not enough memory"),
    });
  });

  it("sets the number of sequences when nobody asked for one", async () => {
    const model = createTinySourceModel("tiny");
    const provider = open([model], {
      sequences: undefined,
      flashAttention: true,
      memoryBudgetBytes: 4_000_000,
    });
    await ask(provider, "tiny");
    const [stats] = provider.stats().models;
    expect(stats?.sequences).toBeGreaterThan(0);
    expect(provider.stats().slots.total).toBe(stats?.sequences);
    const bytes = (stats?.weightBytes ?? 0) + (stats?.contextBytes ?? 0);
    expect(bytes).toBeLessThanOrEqual(4_000_000);
  });
});

describe("a model that is being loaded", () => {
  it("takes no slot from one that can answer", async () => {
    const models = [1, 2, 3].map((seed) => createTinySourceModel(`model-${seed}`, { seed }));
    const provider = open(models, { maxLoadedModels: 2, sequences: 3, maxWaiting: 0 });
    const controller = new AbortController();
    const { signal } = controller;
    const schema = { type: "array", items: { type: "integer" }, minItems: 900 };
    // Many times longer than what follows: a random model finds no way to close this array early.
    const long = createCall({
      max_tokens: 1500,
      temperature: 1,
      response_format: { type: "json_schema", json_schema: { name: "numbers", schema } },
    });
    const calls: Promise<unknown>[] = [];
    for (const model of ["model-1", "model-2"]) {
      const { chunks } = await provider.stream({ ...long, model, signal });
      const reader = chunks[Symbol.asyncIterator]();
      await reader.next();
      calls.push(reader.next());
    }
    // It cannot be loaded before the answer of the model that was used longest ago is done.
    calls.push(provider.complete({ ...long, model: "model-3", signal }));
    const ended = Promise.allSettled(calls);
    await vi.waitFor(() => expect(statesOf(provider)).toMatchObject({ "model-3": "loading" }), {
      timeout: 20_000,
    });
    await expect(ask(provider, "model-2")).resolves.toBeTypeOf("string");
    expect(statesOf(provider)).toMatchObject({ "model-3": "loading" });
    controller.abort(new Error("enough"));
    await ended;
  });
});

describe("a bad model file", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tailor-models-"));
  const good = createTinyModel();

  function createModel(name: string, content: Uint8Array): SourceModel {
    const file = path.join(folder, `${name}.gguf`);
    writeFileSync(file, content);
    return { ...createTinySourceModel(name), path: file };
  }

  it.each([
    ["cut short", readFileSync(good).subarray(0, 200_000), /cut short or damaged; copy or download/],
    ["all zero", new Uint8Array(10_000), /not a readable GGUF/],
    [
      "of an unknown architecture",
      readFileSync(createTinyModel({ architecture: "warpdrive" })),
      /architecture "warpdrive", which this engine cannot run/,
    ],
    [
      "of an architecture with other values",
      readFileSync(createTinyModel({ architecture: "qwen2" })),
      /llama.cpp refused the file \(.*qwen2.context_length\)/,
    ],
  ])(
    "that is %s is told in the health and in the refusal; other models are served",
    async (_what, content, why) => {
      const provider = open([createModel("bad", content), createTinySourceModel("good")]);
      await vi.waitFor(() => expect(provider.health().state).toBe("failed"), { timeout: 30_000 });
      expect(provider.health().detail).toMatch(why);
      const refusal = {
        kind: "unavailable",
        message: expect.stringMatching(why),
        retryAfterMs: expect.any(Number),
      };
      await expect(ask(provider, "bad")).rejects.toMatchObject(refusal);
      await expect(ask(provider, "good")).resolves.toBeTypeOf("string");
      expect(provider.stats().restarts).toBe(0);
    },
  );

  it("is loaded once it is replaced by a good one, without a restart or a call", async () => {
    const model = createModel("mended", readFileSync(good).subarray(0, 100_000));
    const provider = open([model]);
    await vi.waitFor(() => expect(provider.health().state).toBe("failed"), { timeout: 30_000 });
    copyFileSync(good, `${model.path}.new`);
    renameSync(`${model.path}.new`, model.path);
    await vi.waitFor(() => expect(provider.health().state).toBe("ready"), { timeout: 30_000 });
    await expect(ask(provider, "mended")).resolves.toBeTypeOf("string");
  });
});
