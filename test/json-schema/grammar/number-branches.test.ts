import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJsonSchemaGrammar } from "../../../src/json-schema/json-schema-grammar.ts";
import { createGrammarMatcher, type GrammarMatcher } from "../../support/grammar-matcher.ts";

let matcher: GrammarMatcher;
beforeAll(async () => {
  matcher = await createGrammarMatcher();
});
afterAll(() => matcher.dispose());

interface Case {
  readonly schema: object;
  readonly takes: readonly string[];
  readonly refuses: readonly string[];
}

const cases: Record<string, Case> = {
  "an upper bound that is left out": {
    schema: { type: "number", exclusiveMaximum: 1 },
    takes: ["0.99", "-1", "0"],
    refuses: ["0.9999999999999999999999", "1"],
  },
  "a lower bound that is left out": {
    schema: { type: "number", exclusiveMinimum: 5 },
    takes: ["5.1", "6"],
    refuses: ["5.0000000000000000000001", "5"],
  },
  "a whole number past those that a double counts": {
    schema: { type: "integer", exclusiveMinimum: 9_007_199_254_740_992 },
    takes: ["9007199254741000"],
    refuses: ["9007199254740993"],
  },
  "a bound turned round": {
    schema: { type: "number", not: { minimum: 2 } },
    takes: ["1.5"],
    refuses: ["1.9999999999999999999999"],
  },
  "a value that is excluded": {
    schema: { type: "number", not: { const: 0.5 } },
    takes: ["0.51", "1"],
    refuses: ["0.5", "0.5000000000000000000001"],
  },
  "numbers that are not whole": {
    schema: { oneOf: [{ type: "integer" }, { type: "number", minimum: 0 }] },
    takes: ["0.5", "-1"],
    refuses: ["0.9999999999999999999999", "1"],
  },
  "no such line": {
    schema: { type: "number", minimum: 0, maximum: 1 },
    takes: ["0.30000000000000004", "0.9999999999999999999999"],
    refuses: ["1.0000000000000000000001"],
  },
  "zero, that no other number is read as": {
    schema: { type: "number", exclusiveMinimum: 0 },
    takes: ["0.30000000000000004", "0.0000000000000000000001"],
    refuses: ["0", "-1"],
  },
  "whole numbers that a double counts": {
    schema: { type: "integer", exclusiveMinimum: 5, not: { const: 7 } },
    takes: ["6", "8", "1234567890123456789012345"],
    refuses: ["5", "7"],
  },
};

describe("numbers that are read as others than they are written", () => {
  it.each(Object.entries(cases))("do not get past %s", async (_name, { schema, takes, refuses }) => {
    const { grammar, unenforced } = createJsonSchemaGrammar(schema);
    expect(unenforced).toEqual([]);
    for (const text of takes) expect([text, await matcher.matches(grammar, text)]).toEqual([text, true]);
    for (const text of refuses) expect([text, await matcher.matches(grammar, text)]).toEqual([text, false]);
  });

  it("are left to validation where no shorter ones are", () => {
    const { unenforced } = createJsonSchemaGrammar({
      type: "number",
      exclusiveMinimum: 1.000_000_000_000_000_2,
      exclusiveMaximum: 1.000_000_000_000_000_9,
    });
    expect(unenforced).toEqual(expect.arrayContaining(["#/exclusiveMinimum", "#/exclusiveMaximum"]));
  });
});
