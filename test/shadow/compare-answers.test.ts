import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareAnswers } from "../../src/shadow/compare-answers.ts";

const plan = (query: string, max: string | number) =>
  JSON.stringify({ outfits: [{ items: [{ query, max }] }] });

describe("compareAnswers", () => {
  it("is 1 for equal answers, 0 for answers with nothing in common, and the same both ways", () => {
    const json = fc.json();
    fc.assert(
      fc.property(json, json, (a, b) => {
        const agreement = compareAnswers(a, b);
        expect(compareAnswers(a, a)).toBe(1);
        expect(compareAnswers(b, a)).toBe(agreement);
        expect(agreement).toBeGreaterThanOrEqual(0);
        expect(agreement).toBeLessThanOrEqual(1);
      }),
    );
    expect(compareAnswers('{"a":1}', '{"b":1}')).toBe(0);
  });

  it("counts words of a text leaf and reads numbers in either form", () => {
    expect(compareAnswers(plan("white leather sneakers", "80"), plan("White sneakers", 80))).toBeCloseTo(
      (2 / 3 + 1) / 2,
    );
  });

  it("does not mind the order of keys", () => {
    expect(compareAnswers('{"a":1,"b":2}', '{"b":2,"a":1}')).toBe(1);
  });

  it("compares what is no JSON by its words", () => {
    expect(compareAnswers("a b c d", "c d e f")).toBeCloseTo(2 / 6);
    expect(compareAnswers('{"a":1}', "a")).toBeCloseTo(1 / 2);
  });
});
