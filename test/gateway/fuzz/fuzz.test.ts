import { expect, test } from "vitest";
import { runFuzz } from "./run-fuzz.ts";

test("4,000 malformed and borderline requests: no 5xx of the gateway's own, every failure in the envelope", {
  timeout: 180_000,
}, async () => {
  const { statuses } = await runFuzz({ runs: 4000, seed: 20_260_901 });
  // A run in which everything is refused at the door would say nothing of the rest.
  expect(statuses[200]).toBeGreaterThan(400);
  expect(statuses[400]).toBeGreaterThan(400);
});
