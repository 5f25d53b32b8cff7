import { expect, it } from "vitest";
import { createAdmissionQueue } from "../../../src/providers/llama-cpp/admission-queue.ts";

const signal = new AbortController().signal;
const onPreempt = () => {};
const primary = { priority: "primary", signal, onPreempt } as const;
const shadow = { priority: "shadow", signal, onPreempt } as const;

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

it("refuses no further choice of a call that was let in, but ends its wait with the call", async () => {
  const queue = createQueue({ maxWaiting: 0, maxWaitMs: 10 });
  const leave = await queue.enter(primary);
  const further = { ...primary, isFurtherChoice: true };
  const controller = new AbortController();
  const admitted = queue.enter(further);
  const aborted = queue.enter({ ...further, signal: controller.signal });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await expect(queue.enter(primary)).rejects.toMatchObject({ kind: "overloaded" });
  controller.abort(new Error("the call ended"));
  await expect(aborted).rejects.toThrow("the call ended");
  leave();
  await expect(admitted).resolves.toBeTypeOf("function");
  expect(queue.counts).toMatchObject({ waited: 2, refused: 1 });
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

it("lets shadow calls use every idle slot", async () => {
  const queue = createQueue({ slots: 2 });
  await Promise.all([queue.enter(shadow), queue.enter(shadow)]);
  expect([queue.busy, queue.length]).toEqual([2, 0]);
});

/** Fills the queue with shadow calls that give their slots back when told to, after a turn. */
async function enterShadows(queue: ReturnType<typeof createQueue>, names: readonly string[]) {
  const ended: string[] = [];
  for (const name of names) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = await queue.enter({
      ...shadow,
      onPreempt(error) {
        expect(error).toMatchObject({ kind: "overloaded", code: "shadow_preempted" });
        ended.push(name);
        resolve();
      },
    });
    void promise.then(leave);
  }
  return ended;
}

it("ends the newest shadow call for a primary call that would have to wait", async () => {
  const queue = createQueue({ slots: 2, maxWaiting: 0 });
  const ended = await enterShadows(queue, ["first", "second"]);
  await queue.enter(primary);
  expect(ended).toEqual(["second"]);
  await queue.enter(primary);
  expect(ended).toEqual(["second", "first"]);
  await expect(queue.enter(primary)).rejects.toMatchObject({ kind: "overloaded" });
  expect(queue.counts).toMatchObject({ preempted: 2, refused: 1 });
  expect(queue.busy).toBe(2);
});

it("ends one shadow call for each primary call, also while none has left its slot yet", async () => {
  const queue = createQueue({ slots: 3 });
  const leaves: (() => void)[] = [];
  let ended = 0;
  for (const _ of [1, 2, 3]) leaves.push(await queue.enter({ ...shadow, onPreempt: () => ended++ }));
  const admitted = [queue.enter(primary), queue.enter(primary)];
  expect(ended).toBe(2);
  for (const leave of leaves.slice(1)) leave();
  await Promise.all(admitted);
  expect([queue.busy, queue.length]).toEqual([3, 0]);
});

it("ends no shadow call for another shadow call, and none while a slot is idle", async () => {
  const queue = createQueue({ slots: 2 });
  const ended = await enterShadows(queue, ["only"]);
  await queue.enter(primary);
  queue.enter(shadow).catch(() => {});
  expect(queue.length).toBe(1);
  expect(ended).toEqual([]);
});

it("forgets a call that is aborted while it waits", async () => {
  const queue = createQueue();
  await queue.enter(primary);
  const controller = new AbortController();
  const waiting = queue.enter({ ...primary, signal: controller.signal });
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
  expect(queue.counts).toEqual({ waited: 1, waitedMs: 700, longestWaitMs: 700, refused: 1, preempted: 0 });
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
