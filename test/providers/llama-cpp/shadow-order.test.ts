import type { BatchItem } from "node-llama-cpp";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  createBatchOrder,
  PRIMARY_PRIORITY,
  SHADOW_PRIORITY,
} from "../../../src/providers/llama-cpp/engine/batch-order.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import type { CallPriority, ProviderCall } from "../../../src/providers/provider.ts";
import { createTinyProvider, createTinySourceModel } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

// Each test starts engines of its own, which takes seconds where others want the cores too.
vi.setConfig({ testTimeout: 120_000 });

const providers: LlamaCppProvider[] = [];
afterEach(() => Promise.all(providers.splice(0).map((provider) => provider.close(0))));

function createItem(tokens: number, priority: "primary" | "shadow"): BatchItem {
  return {
    tokens: Array.from({ length: tokens }, () => 1) as unknown as BatchItem["tokens"],
    logits: [],
    evaluationPriority: priority === "primary" ? PRIMARY_PRIORITY : SHADOW_PRIORITY,
  };
}

function fill(items: readonly BatchItem[], options: { size?: number; hasPrimary?: boolean } = {}): number[] {
  const { size = 64, hasPrimary = false } = options;
  const taken = createBatchOrder(() => hasPrimary)({ items, size });
  return items.map((item) => taken.find((share) => share.item === item)?.processAmount ?? 0);
}

describe("createBatchOrder", () => {
  it("adds only a few of a shadow's prompt tokens to a primary's token", () => {
    expect(fill([createItem(64, "shadow"), createItem(1, "primary")])).toEqual([8, 1]);
  });

  it("keeps a shadow's batch small also while the primary is between two tokens", () => {
    expect(fill([createItem(64, "shadow")], { hasPrimary: true })).toEqual([8]);
    expect(fill([createItem(64, "shadow")])).toEqual([64]);
  });

  it("gives a shadow nothing where primaries fill the decode", () => {
    expect(fill([createItem(1, "shadow"), createItem(64, "primary")])).toEqual([0, 64]);
  });

  it("lets a primary's single token go with another's long prompt", () => {
    expect(fill([createItem(64, "primary"), createItem(1, "primary"), createItem(64, "primary")])).toEqual([
      32, 1, 31,
    ]);
  });

  it("cuts no primary's forced text to a shadow's single token", () => {
    expect(fill([createItem(12, "primary"), createItem(1, "shadow")])).toEqual([12, 1]);
    expect(fill([createItem(1, "shadow"), createItem(12, "primary"), createItem(9, "primary")])).toEqual([
      1, 9, 9,
    ]);
  });

  it("cuts a shadow's forced text to the steps of the primaries or shadows that it goes with", () => {
    expect(fill([createItem(12, "shadow"), createItem(1, "primary")])).toEqual([1, 1]);
    expect(fill([createItem(12, "shadow"), createItem(3, "shadow")])).toEqual([3, 3]);
  });

  it("never takes more than the size, and never nothing of all", () => {
    const items = Array.from({ length: 12 }, (_, index) => createItem(index + 1, "shadow"));
    const amounts = fill(items, { hasPrimary: true });
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(8);
  });
});

it("lets a primary answer overtake a shadow whose long prompt is still being evaluated", async () => {
  const provider = createTinyProvider({ sequences: 2 });
  providers.push(provider);
  await vi.waitFor(() => expect(provider.health().state).toBe("ready"), { timeout: 30_000 });
  const order: string[] = [];
  const messages = [{ role: "user" as const, content: "many words about shirts ".repeat(110) }];
  const shadow = provider
    .stream(createCall({ messages, max_tokens: 1 }, { priority: "shadow" }))
    .then(async ({ chunks }) => {
      for await (const chunk of chunks) if (chunk.choices[0]?.finish_reason) order.push("shadow");
    });
  const primary = provider
    .complete(createCall({ max_tokens: 40, temperature: 0 }))
    .then(() => order.push("primary"));
  await Promise.all([shadow, primary]);
  expect(order).toEqual(["primary", "shadow"]);
});

/** An answer that goes on for long, once its first text is there. */
async function startLong(provider: LlamaCppProvider, call: Partial<ProviderCall>) {
  const messages = [{ role: "user" as const, content: "count to infinity" }];
  const schema = { type: "array", items: { type: "integer" }, minItems: 900 };
  const request = {
    messages,
    max_tokens: 1500,
    temperature: 0,
    response_format: { type: "json_schema" as const, json_schema: { name: "numbers", schema } },
  };
  const { chunks } = await provider.stream(createCall(request, call));
  const reader = chunks[Symbol.asyncIterator]();
  for (let count = 0; count < 3; count++) await reader.next();
  const read = async () => {
    while ((await reader.next()).done !== true);
  };
  const ended = read();
  ended.catch(() => {});
  return { ended };
}

describe("a primary call that finds no idle sequence", () => {
  it.each([1, 2])("ends a shadow's answer, with %i sequences", async (sequences) => {
    const provider = createTinyProvider({ sequences });
    providers.push(provider);
    await vi.waitFor(() => expect(provider.health().state).toBe("ready"), { timeout: 30_000 });
    const shadows = [];
    for (let count = 0; count < sequences; count++)
      shadows.push(await startLong(provider, { priority: "shadow" }));
    const { completion } = await provider.complete(createCall({ max_tokens: 4, temperature: 0 }));
    expect(completion.usage?.completion_tokens).toBeGreaterThan(0);
    expect(provider.stats().queue).toMatchObject({ preempted: 1, refused: 0 });
    await expect(shadows.at(-1)?.ended).rejects.toMatchObject({
      kind: "overloaded",
      code: "shadow_preempted",
    });
  });
});

describe("a shadow of a model that is not loaded", () => {
  const PREEMPTED = { kind: "overloaded", code: "shadow_preempted" };
  const NO_ROOM = {
    kind: "overloaded",
    code: "engine_overloaded",
    message: expect.stringMatching(/was not loaded for a shadow call.*Raise maxLoadedModels/),
    retryAfterMs: expect.any(Number),
  };

  /** Of three models the first is the default, which is loaded ahead of the first call. */
  async function openThree(maxLoadedModels: number): Promise<LlamaCppProvider> {
    const models = [1, 2, 3].map((seed) => createTinySourceModel(`model-${seed}`, { seed }));
    const provider = createTinyProvider({ source: createFixedModelSource(models), maxLoadedModels });
    providers.push(provider);
    await vi.waitFor(() => expect(provider.health().state).toBe("ready"), { timeout: 30_000 });
    return provider;
  }

  const ask = (provider: LlamaCppProvider, model: string, priority: CallPriority) =>
    provider.complete(createCall({ max_tokens: 4, temperature: 0 }, { model, priority }));

  const statesOf = (provider: LlamaCppProvider) => provider.stats().models.map(({ state }) => state);

  it("is refused where a primary's model would have to go, and the model is none the worse", async () => {
    const provider = await openThree(1);
    const controller = new AbortController();
    const primary = await startLong(provider, { model: "model-1", signal: controller.signal });
    await expect(ask(provider, "model-2", "shadow")).rejects.toMatchObject(NO_ROOM);
    expect(statesOf(provider)).toEqual(["loaded", "idle", "idle"]);
    controller.abort(new Error("enough"));
    await expect(primary.ended).rejects.toThrow("enough");
    await expect(ask(provider, "model-2", "shadow")).rejects.toMatchObject(NO_ROOM);
    await ask(provider, "model-2", "primary");
    expect(statesOf(provider)).toEqual(["idle", "loaded", "idle"]);
  });

  it("takes the room of another shadow's", async () => {
    const provider = await openThree(2);
    await ask(provider, "model-2", "shadow");
    await ask(provider, "model-3", "shadow");
    expect(statesOf(provider)).toEqual(["loaded", "idle", "loaded"]);
  });

  it("ends its answer when a primary's model needs the room", async () => {
    const provider = await openThree(2);
    const shadow = await startLong(provider, { model: "model-2", priority: "shadow" });
    await ask(provider, "model-3", "primary");
    await expect(shadow.ended).rejects.toMatchObject(PREEMPTED);
    expect(statesOf(provider)).toEqual(["loaded", "idle", "loaded"]);
  });

  it("lets no primary wait behind its wait for another shadow's end", async () => {
    const provider = await openThree(2);
    const shadow = await startLong(provider, { model: "model-2", priority: "shadow" });
    const next = ask(provider, "model-3", "shadow");
    next.catch(() => {});
    await vi.waitFor(() => expect(statesOf(provider)[2]).toBe("loading"), { timeout: 20_000 });
    await ask(provider, "model-2", "primary");
    await expect(shadow.ended).rejects.toMatchObject(PREEMPTED);
    await expect(next).rejects.toMatchObject(NO_ROOM);
    expect(statesOf(provider)).toEqual(["loaded", "loaded", "idle"]);
  });
});
