import { expect, test } from "vitest";
import { runFuzz } from "./run-fuzz.ts";

test.each([1, 2])("20,000 malformed and borderline requests, seed %s", async (seed) => {
  const { statuses } = await runFuzz({ runs: 20_000, seed });
  expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBe(20_000);
});
