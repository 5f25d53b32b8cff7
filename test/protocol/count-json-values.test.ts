import fc from "fast-check";
import { expect, it } from "vitest";
import { countJsonValues } from "../../src/protocol/count-json-values.ts";

/** Objects, lists and the commas between their members. */
function countValues(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const members = Object.values(value);
  return (
    1 +
    Math.max(0, members.length - 1) +
    members.reduce((sum: number, member) => sum + countValues(member), 0)
  );
}

it("counts objects, lists and commas, and nothing inside of strings", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(countJsonValues(JSON.stringify(value), 1e9)).toBe(countValues(value));
      const quoted = JSON.stringify({ a: JSON.stringify(value) });
      expect(countJsonValues(quoted, 1e9)).toBe(1);
    }),
    { seed: 1, numRuns: 500 },
  );
});

it("stops at the limit", () => {
  expect(countJsonValues("[".repeat(1000), 10)).toBe(10);
});

it.each(['"', '{"a', '"\\', '\\"', '["\\\\\\"', ""])("ends on what is no JSON: %j", (text) => {
  expect(countJsonValues(text, 100)).toBeLessThan(3);
});
