import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJsonSchemaGrammar } from "../../../src/json-schema/json-schema-grammar.ts";
import { createGrammarMatcher, type GrammarMatcher } from "../../support/grammar-matcher.ts";

let matcher: GrammarMatcher;
beforeAll(async () => {
  matcher = await createGrammarMatcher();
});
afterAll(() => matcher.dispose());

describe("arrays of more items than the engine repeats", () => {
  const createGrammar = (minItems: number) =>
    createJsonSchemaGrammar({ type: "array", items: { type: "null" }, minItems });
  const hasMatched = (grammar: string, length: number) =>
    matcher.matches(grammar, JSON.stringify(Array(length).fill(null)));

  it.each([1000, 1001, 2500])("have at least %s where no count is too many", async (minItems) => {
    const { grammar, unenforced } = createGrammar(minItems);
    expect(unenforced).toEqual([]);
    expect(await hasMatched(grammar, minItems - 1)).toBe(false);
    for (const length of [minItems, minItems + 1, minItems + 100])
      expect(await hasMatched(grammar, length)).toBe(true);
  });

  it("are left to validation when they are too many to count one by one", async () => {
    const { grammar, unenforced } = createGrammar(9000);
    expect(unenforced).toContain("#/minItems");
    expect(await hasMatched(grammar, 9000)).toBe(true);
  });
});
