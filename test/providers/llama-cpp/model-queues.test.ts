import { expect, it } from "vitest";
import { createModelQueues } from "../../../src/providers/llama-cpp/model-queues.ts";
import { createSpec } from "./create-spec.ts";

const call = { priority: "primary", signal: new AbortController().signal, onPreempt() {} } as const;
const one = createSpec({ name: "one", path: "/one.gguf" });
const two = createSpec({ name: "two", path: "/two.gguf" });

function open({ loaded = {}, maxWaiting = 1, maxWaitingInAll = 8 } = {}) {
  const slots: Record<string, number> = loaded;
  return createModelQueues({
    slots: ({ name }) => slots[name] ?? null,
    slotsBeforeLoading: 2,
    maxWaiting,
    maxWaitingInAll,
    maxWaitMs: 60_000,
    now: Date.now,
  });
}

it("lets calls of one model in however many wait for another", async () => {
  const queues = open({ loaded: { one: 1 } });
  await queues.of(two).enter(call);
  await queues.of(two).enter(call);
  const waiting = queues.of(two).enter(call);
  await expect(queues.of(two).enter(call)).rejects.toMatchObject({ kind: "overloaded" });
  const leave = await queues.of(one).enter(call);
  expect([queues.busy, queues.length]).toEqual([3, 1]);
  leave();
  expect(queues.busy).toBe(2);
  void waiting;
});

it("holds no more calls in all lines together than it may", async () => {
  const queues = open({ loaded: { one: 1, two: 1 }, maxWaiting: 2, maxWaitingInAll: 3 });
  for (const model of [one, two]) await queues.of(model).enter(call);
  for (const model of [one, one, two]) void queues.of(model).enter(call);
  await expect(queues.of(two).enter(call)).rejects.toMatchObject({ kind: "overloaded" });
  expect(queues.length).toBe(3);
  expect(queues.counts).toMatchObject({ waited: 3, refused: 1 });
});

it("counts the slots of the models that are loaded or asked for", async () => {
  const loaded: Record<string, number> = {};
  const queues = open({ loaded });
  expect(queues.slots).toBe(2);
  await queues.of(two).enter(call);
  expect(queues.slots).toBe(2);
  loaded.one = 4;
  queues.refresh(one);
  expect(queues.slots).toBe(6);
});

it("lets the calls in that a model's load has made room for", async () => {
  const loaded: Record<string, number> = {};
  const queues = open({ loaded });
  for (let index = 0; index < 2; index++) await queues.of(one).enter(call);
  const waiting = queues.of(one).enter(call);
  loaded.one = 3;
  queues.refresh(one);
  await expect(waiting).resolves.toBeTypeOf("function");
});
