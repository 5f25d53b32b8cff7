import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJsonSchemaGrammar } from "../../../src/json-schema/json-schema-grammar.ts";
import { createGrammarMatcher, type GrammarMatcher } from "../../support/grammar-matcher.ts";

let matcher: GrammarMatcher;
beforeAll(async () => {
  matcher = await createGrammarMatcher();
});
afterAll(() => matcher.dispose());

const list = (count: number, create: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => create(index));
const tagged = (index: number) => ({
  type: "object",
  properties: { tag: { const: `t${index}` }, v: { type: "integer" } },
  required: ["tag", "v"],
});
const alike = (index: number) => ({
  type: "object",
  properties: { [`k${index}`]: { type: "integer" } },
  required: [`k${index}`],
});

describe("many alternatives", () => {
  it.each([
    ["an enum of objects", { enum: list(200, (a) => ({ a })) }, { a: 199 }, { a: -1 }],
    ["anyOf", { anyOf: list(200, tagged) }, { tag: "t199", v: 1 }, { tag: "t200", v: 1 }],
    ["oneOf with a tag", { oneOf: list(200, tagged) }, { tag: "t199", v: 1 }, { tag: "t200", v: 1 }],
  ])("are held to where none multiply: %s", async (_name, schema, taken, refused) => {
    const { grammar, unenforced } = createJsonSchemaGrammar(schema);
    expect(unenforced).toEqual([]);
    expect(await matcher.matches(grammar, JSON.stringify(taken))).toBe(true);
    expect(await matcher.matches(grammar, JSON.stringify(refused))).toBe(false);
  });

  it.each([10, 24, 100, 200])(
    "stay a union of %s where all pairs are too many to tell apart",
    async (count) => {
      const { grammar, unenforced } = createJsonSchemaGrammar({ oneOf: list(count, alike) });
      expect(unenforced).toContain("#/oneOf");
      expect(await matcher.matches(grammar, `{"k${count - 1}":1}`)).toBe(true);
      for (const text of [`{"k${count - 1}":"x"}`, `{"k${count}":1}`, "{}", "1"])
        expect([text, await matcher.matches(grammar, text)]).toEqual([text, false]);
    },
  );
});
