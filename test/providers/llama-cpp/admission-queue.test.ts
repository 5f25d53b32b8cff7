import { expect, it } from "vitest";
import { createAdmissionQueue } from "../../../src/providers/llama-cpp/admission-queue.ts";

const signal = new AbortController().signal;
const primary = { priority: "primary", signal } as const;
const shadow = { priority: "shadow", signal } as const;

function createQueue({ slots = 1, maxWaiting = 2, maxWaitMs = 5000 } = {}) {
  return createAdmissionQueue({ slots: () => slots, maxWaiting, maxWaitMs, now: Date.now });
}

it("lets as many in as there are slots, then in the order they came", async () => {
  const queue = createQueue();
  const leave = await queue.enter(primary);
  const order: number[] = [];
  const second = queue.enter(primary).then((leaveSecond) => {
    order.push(2);
    leaveSecond();
  });
  const third = queue.enter(primary).then(() => order.push(3));
  expect([queue.busy, queue.length]).toEqual([1, 2]);
  leave();
  await Promise.all([second, third]);
  expect(order).toEqual([2, 3]);
});

it("refuses with a time to wait when the line is full", async () => {
  const queue = createQueue({ maxWaiting: 0 });
  await queue.enter(primary);
  await expect(queue.enter(primary)).rejects.toMatchObject({
    kind: "overloaded",
    retryAfterMs: expect.any(Number),
  });
});

it("refuses a call that waited too long", async () => {
  const queue = createQueue({ maxWaitMs: 20 });
  await queue.enter(primary);
  await expect(queue.enter(primary)).rejects.toMatchObject({ kind: "overloaded" });
  expect(queue.length).toBe(0);
});

it("puts primary calls before shadow calls and pushes shadow calls out of a full line", async () => {
  const queue = createQueue();
  const leave = await queue.enter(primary);
  const order: string[] = [];
  const early = queue.enter(shadow).then(() => order.push("shadow"));
  const late = queue.enter(shadow);
  late.catch(() => {});
  const urgent = queue.enter(primary).then((leaveUrgent) => {
    order.push("primary");
    leaveUrgent();
  });
  await expect(late).rejects.toMatchObject({ kind: "overloaded" });
  leave();
  await Promise.all([early, urgent]);
  expect(order).toEqual(["primary", "shadow"]);
});

it("keeps one of several slots free of shadow calls", async () => {
  const queue = createQueue({ slots: 2 });
  await queue.enter(shadow);
  const waiting = queue.enter(shadow);
  waiting.catch(() => {});
  expect(queue.length).toBe(1);
  await expect(queue.enter(primary)).resolves.toBeTypeOf("function");
});

it("forgets a call that is aborted while it waits", async () => {
  const queue = createQueue();
  await queue.enter(primary);
  const controller = new AbortController();
  const waiting = queue.enter({ priority: "primary", signal: controller.signal });
  controller.abort(new Error("left"));
  await expect(waiting).rejects.toThrow("left");
  expect(queue.length).toBe(0);
});

it("counts who waited, how long, and who was refused", async () => {
  const clock = { ms: 0 };
  const queue = createAdmissionQueue({
    slots: () => 1,
    maxWaiting: 1,
    maxWaitMs: 5000,
    now: () => clock.ms,
  });
  const leave = await queue.enter(primary);
  const waiting = queue.enter(primary);
  await expect(queue.enter(primary)).rejects.toMatchObject({ kind: "overloaded" });
  clock.ms = 700;
  leave();
  await waiting;
  expect(queue.counts).toEqual({ waited: 1, waitedMs: 700, longestWaitMs: 700, refused: 1 });
});

it("lets waiting calls in when slots are added", async () => {
  let slots = 1;
  const queue = createAdmissionQueue({ slots: () => slots, maxWaiting: 2, maxWaitMs: 5000, now: Date.now });
  await queue.enter(primary);
  const waiting = queue.enter(primary);
  slots = 2;
  queue.refresh();
  await expect(waiting).resolves.toBeTypeOf("function");
});
