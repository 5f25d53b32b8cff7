import { expect, test } from "vitest";
import { runFuzz } from "./run-fuzz.ts";

test.each([
  ["an upstream", "upstream", 4000],
  ["a local model", "local", 1000],
] as const)(
  "malformed and borderline requests over %s: no 5xx of the gateway's own, every failure in the envelope",
  {
    timeout: 240_000,
  },
  async (_name, target, runs) => {
    const { statuses } = await runFuzz({ runs, seed: 20_260_901, target });
    // A run in which everything is refused at the door would say nothing of the rest.
    expect(statuses[200]).toBeGreaterThan(runs / 10);
    expect(statuses[400]).toBeGreaterThan(runs / 10);
  },
);
