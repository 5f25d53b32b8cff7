import { expect, test } from "vitest";
import { runFuzz } from "./run-fuzz.ts";

const RUNS = 20_000;

test.each([
  ["upstream", 1],
  ["upstream", 2],
  ["local", 3],
] as const)("20,000 malformed and borderline requests, target %s, seed %s", async (target, seed) => {
  const { statuses } = await runFuzz({ runs: RUNS, seed, target });
  expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBe(RUNS);
});
