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
  readonly objects?: "open";
  readonly takes: readonly unknown[];
  readonly refuses?: readonly unknown[];
}

const item = {
  type: "object",
  properties: { a: { type: "integer", minimum: 0 } },
  required: ["a"],
  additionalProperties: false,
};
const fromOneToThree = { type: "integer", minimum: 1, maximum: 3 };
const noneLeft = { type: "integer", minimum: 1, maximum: 3, not: { enum: [1, 2, 3] } };

const cases: Record<string, Case> = {
  "items that are what is to be contained": {
    schema: {
      $defs: { item },
      type: "array",
      items: { $ref: "#/$defs/item" },
      contains: { $ref: "#/$defs/item" },
    },
    takes: [[{ a: 1 }], [{ a: 1 }, { a: 2 }]],
    refuses: [[], [{ a: -1 }]],
  },
  "a range of which an enum lists all": {
    schema: { type: "array", items: fromOneToThree, contains: { enum: [1, 2, 3] } },
    takes: [[1], [3, 2]],
    refuses: [[], [4]],
  },
  "items that never have as many properties as it would take": {
    schema: {
      type: "array",
      items: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
      contains: { type: "object", maxProperties: 2 },
    },
    takes: [[{ a: 1 }]],
    refuses: [[]],
  },
  "names that are always right": {
    schema: { type: "array", contains: { propertyNames: true } },
    objects: "open",
    takes: [[1], [{ a: 1 }]],
    refuses: [[]],
  },
  "a property that one condition leaves no value": {
    schema: {
      type: "object",
      properties: { t: { enum: ["x", "y"] }, n: fromOneToThree },
      required: ["t"],
      if: { properties: { t: { const: "x" } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { n: { not: { enum: [1, 2, 3] } } } },
    },
    takes: [{ t: "x" }, { t: "y", n: 1 }],
    refuses: [{ t: "x", n: 1 }],
  },
  "an alternative whose opposite needs a value there is not": {
    schema: {
      type: "object",
      properties: { n: { type: "integer", minimum: 1, maximum: 2 }, m: { type: "boolean" } },
      oneOf: [{ properties: { n: { enum: [1, 2] } }, required: ["n"] }, { required: ["m"] }],
    },
    takes: [{ n: 1 }, { m: true }],
    refuses: [{ n: 1, m: true }, {}],
  },
  "items that always meet two alternatives": {
    schema: { type: "array", items: { oneOf: [fromOneToThree, { enum: [1, 2, 3] }] } },
    takes: [[]],
    refuses: [[1]],
  },
  "an optional list that would need more values than there are": {
    schema: {
      type: "object",
      properties: { a: { type: "array", items: { enum: [1, 2] }, uniqueItems: true, minItems: 3 }, b: {} },
    },
    takes: [{ b: 1 }, {}],
    refuses: [{ a: [1, 2, 1] }],
  },
  "what is empty because of what lies below": {
    schema: {
      type: "array",
      items: {
        anyOf: [
          {
            type: "object",
            properties: { a: { type: "array", items: noneLeft, minItems: 1 } },
            required: ["a"],
          },
          { type: "null" },
        ],
      },
    },
    takes: [[], [null]],
    refuses: [[{ a: [1] }], [{ a: [] }]],
  },
};

describe("a goal that turns out to be empty when it is written", () => {
  it.each(Object.entries(cases))(
    "leaves the rest: %s",
    async (_name, { schema, takes, refuses = [], ...options }) => {
      const { grammar, unenforced } = createJsonSchemaGrammar(schema, options);
      expect(unenforced).toEqual([]);
      for (const [values, isTaken] of [[takes, true] as const, [refuses, false] as const])
        for (const value of values)
          expect([value, await matcher.matches(grammar, JSON.stringify(value))]).toEqual([value, isTaken]);
    },
  );

  it.each([
    ["it is the root", noneLeft],
    ["the root needs it", { type: "array", items: noneLeft, minItems: 1 }],
    [
      "the root needs what needs it",
      { type: "array", items: { type: "array", items: noneLeft, minItems: 1 }, minItems: 1 },
    ],
  ])("has the schema refused when %s", (_name, schema) => {
    expect(() => createJsonSchemaGrammar(schema)).toThrow("# allows no value");
  });
});
