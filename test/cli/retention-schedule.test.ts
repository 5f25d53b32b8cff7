import { expect, onTestFinished, test } from "vitest";
import { startRetentionSchedule } from "../../src/cli/retention-schedule.ts";
import type { DropOptions } from "../../src/store/retention/drop-expired.ts";
import { createRetentionCounts } from "../../src/store/retention/retention-policy.ts";

const silent = { info: () => undefined, warn: () => undefined };
const base = { everyMs: 5, random: () => 0.5, now: Date.now, logger: silent };

test("expired rows are dropped again and again, also after a failure, and counted", async () => {
  let calls = 0;
  const drop = async () => {
    calls += 1;
    if (calls === 2) throw new Error("the database is away");
    return calls === 3 ? null : { ...createRetentionCounts(), feedback: 7 };
  };
  const schedule = startRetentionSchedule({ ...base, retention: { drop }, policy: { feedbackDays: 1 } });
  onTestFinished(() => schedule.stop());
  await expect.poll(() => calls, { timeout: 10_000 }).toBeGreaterThan(4);
  await schedule.stop();
  const gauges = schedule.gauges();
  expect(gauges).toMatchObject({ retention_failures: 1, retention_runs: calls - 1 });
  expect(gauges.retention_dropped_feedback).toBe(7 * (calls - 2));
});

test("stopping ends the run under way and begins no other", async () => {
  let calls = 0;
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const drop = ({ signal }: DropOptions) => {
    calls += 1;
    begin();
    return new Promise<null>((resolve) => signal?.addEventListener("abort", () => resolve(null)));
  };
  const schedule = startRetentionSchedule({ ...base, retention: { drop }, policy: { auditDays: 1 } });
  await begun;
  await schedule.stop();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(calls).toBe(1);
});

test("nothing runs where nothing expires", async () => {
  const schedule = startRetentionSchedule({
    ...base,
    retention: { drop: () => Promise.reject(new Error("must not be asked")) },
    policy: {},
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(schedule.gauges()).toEqual({});
  await schedule.stop();
});
