import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JSON_OBJECT_GRAMMAR } from "../../src/json-schema/grammar/json-rules.ts";
import { JsonSchemaError } from "../../src/json-schema/json-schema-error.ts";
import { createJsonSchemaGrammar } from "../../src/json-schema/json-schema-grammar.ts";
import { createGrammarMatcher, type GrammarMatcher } from "../support/grammar-matcher.ts";

let matcher: GrammarMatcher;
beforeAll(async () => {
  matcher = await createGrammarMatcher();
});
afterAll(() => matcher.dispose());

const matches = (grammar: string, text: string) => matcher.matches(grammar, text);

interface Case {
  readonly schema: unknown;
  readonly takes?: readonly unknown[];
  readonly refuses?: readonly unknown[];
  readonly open?: readonly string[];
}

const node = {
  type: "object",
  properties: { v: { type: "integer" }, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
  required: ["v", "next"],
};

const cases: Record<string, Case> = {
  "anything for true": { schema: true, takes: [1, "a", null, [{}, { a: [1.5e3] }]] },
  "optional properties in any mix, in order": {
    schema: {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "integer" }, c: {} },
      required: ["b"],
    },
    takes: [{ b: 1 }, { a: "x", b: 1 }, { a: "", b: -7, c: [] }, { b: 0, c: null }],
    refuses: [{}, { a: "x" }, { b: 1, a: "x" }, { b: 1, d: 1 }, { b: 1.5 }],
  },
  "further properties that are not the declared ones": {
    schema: {
      type: "object",
      properties: { ab: { type: "string" } },
      additionalProperties: { type: "boolean" },
    },
    takes: [{}, { ab: "x" }, { ab: "x", a: true, abc: false }, { "": true }],
    refuses: [{ ab: true }, { a: "x" }],
  },
  "a map": {
    schema: { type: "object", additionalProperties: { type: "integer" } },
    takes: [{}, { x: 1, y: 2 }],
    refuses: [{ x: "1" }],
  },
  "types as a list": { schema: { type: ["string", "null"] }, takes: ["x", null], refuses: [1, {}] },
  "constants of any JSON": {
    schema: { enum: ["a", 1, null, { x: [1] }] },
    takes: ["a", 1, null, { x: [1] }],
    refuses: ["b", { x: [] }],
  },
  "enums narrowed by type": { schema: { type: "string", enum: ["a", 1] }, takes: ["a"], refuses: [1] },
  "item counts": {
    schema: { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 3 },
    takes: [
      [1, 2],
      [1, 2, 3],
    ],
    refuses: [[], [1], [1, 2, 3, 4]],
  },
  "a thousand items": {
    schema: { type: "array", items: { type: "boolean" }, maxItems: 1000 },
    takes: [Array(1000).fill(true)],
    refuses: [Array(1001).fill(true)],
  },
  "unique items of a few values": {
    schema: {
      type: "array",
      items: { enum: ["a", "b", null] },
      uniqueItems: true,
      minItems: 1,
    },
    takes: [["a"], ["b", "a"], [null, "a", "b"]],
    refuses: [[], ["a", "a"], ["a", null, "a"], ["c"]],
  },
  tuples: {
    schema: { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], minItems: 1 },
    takes: [[1], [1, "a"]],
    refuses: [[], ["a"], [1, "a", 2]],
  },
  "tuples with more behind": {
    schema: { type: "array", prefixItems: [{ type: "integer" }], items: { type: "boolean" }, maxItems: 3 },
    takes: [[], [1], [1, true, false]],
    refuses: [[1, true, true, true], [true]],
  },
  "recursion through $defs": {
    schema: { $defs: { node }, $ref: "#/$defs/node" },
    takes: [
      { v: 1, next: null },
      { v: 1, next: { v: 2, next: null } },
    ],
    refuses: [{ v: 1 }],
  },
  "recursion to the root": {
    schema: { type: "object", properties: { c: { type: "array", items: { $ref: "#" } } }, required: ["c"] },
    takes: [{ c: [] }, { c: [{ c: [] }] }],
    refuses: [{ c: [1] }],
  },
  "allOf merged": {
    schema: {
      allOf: [
        { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
        { properties: { b: { type: "integer" } }, required: ["b"] },
      ],
    },
    takes: [{ a: "x", b: 1 }],
    refuses: [{ a: "x" }, { b: 1 }],
  },
  "anyOf beside properties": {
    schema: {
      type: "object",
      properties: { a: {} },
      required: ["a"],
      anyOf: [
        { properties: { b: { const: 1 } }, required: ["b"] },
        { properties: { c: { const: 2 } }, required: ["c"] },
      ],
    },
    takes: [
      { a: 1, b: 1 },
      { a: 1, c: 2 },
    ],
    refuses: [{ a: 1 }],
  },
  "string lengths in characters": {
    schema: { type: "string", minLength: 2, maxLength: 4 },
    takes: ["ab", "äöüß", '"\n', "👗👗"],
    refuses: ["a", "abcde"],
  },
  "simple patterns": {
    schema: { type: "string", pattern: "^[a-z]{2,4}-\\d+(\\.x)?$" },
    takes: ["ab-1", "abcd-123.x"],
    refuses: ["a-1", "ab-", "ab-1.y"],
  },
  "date-time": {
    schema: { type: "string", format: "date-time" },
    takes: ["2024-12-31T23:59:59Z", "2024-02-28T00:00:00.1+01:00"],
    refuses: ["2024-02-30T00:00:00Z", "2024-01-01"],
  },
  uuid: {
    schema: { type: "string", format: "uuid" },
    takes: ["0f0f0f0f-0000-4000-8000-00000000000a"],
    refuses: ["0f0f"],
  },
  "what it leaves to validation": {
    schema: {
      type: "object",
      properties: {
        a: { type: "array", uniqueItems: true },
        b: { type: "string", pattern: "(.)\\1" },
        c: { type: "string", format: "regex" },
      },
    },
    open: ["#/properties/c/format", "#/properties/b/pattern", "#/properties/a/uniqueItems"],
  },
};

describe("createJsonSchemaGrammar", () => {
  it.each(Object.entries(cases))(
    "holds %s",
    async (_name, { schema, takes = [], refuses = [], open = [] }) => {
      const { grammar, unenforced } = createJsonSchemaGrammar(schema);
      expect(unenforced).toEqual(open);
      for (const value of takes)
        expect([value, await matches(grammar, JSON.stringify(value))]).toEqual([value, true]);
      for (const value of refuses)
        expect([value, await matches(grammar, JSON.stringify(value))]).toEqual([value, false]);
    },
  );

  it.each([
    [0, 10],
    [-5, 5],
    [18, 120],
    [-20, -3],
    [100, 100],
    [-1000, 99],
    [3, undefined],
    [undefined, 7],
    [0, undefined],
  ])("holds integers from %s to %s and no others", async (minimum, maximum) => {
    const bounds = { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
    const { grammar } = createJsonSchemaGrammar({ type: "integer", ...bounds });
    const values = [
      -1001, -1000, -999, -21, -20, -19, -10, -5, -3, -2, -1, 0, 1, 3, 7, 8, 9, 10, 11, 17, 18, 99, 100, 101,
      120, 121, 12345,
    ];
    for (const value of values) {
      const isInside = value >= (minimum ?? value) && value <= (maximum ?? value);
      expect([value, await matches(grammar, String(value))]).toEqual([value, isInside]);
    }
  });

  it("keeps the properties in the order of the schema and writes no whitespace", async () => {
    const properties = { z: { type: "integer" }, a: { type: "integer" } };
    const { grammar } = createJsonSchemaGrammar({ type: "object", properties, required: ["a", "z"] });
    expect(await matches(grammar, '{"z":1,"a":2}')).toBe(true);
    expect(await matches(grammar, '{"a":2,"z":1}')).toBe(false);
    expect(await matches(grammar, '{"z": 1,"a":2}')).toBe(false);
  });

  it.each([
    ["a reference to itself", { $ref: "#" }],
    [
      "a union of itself",
      {
        $defs: {
          a: { anyOf: [{ $ref: "#/$defs/b" }] },
          b: { anyOf: [{ $ref: "#/$defs/a" }, { type: "null" }] },
        },
        $ref: "#/$defs/a",
      },
    ],
    ["a reference to nothing", { $ref: "#/$defs/x" }],
    ["another document", { $ref: "https://example.com/schema.json" }],
    ["an unknown type", { type: "text" }],
    ["no possible value", { type: "string", minLength: 3, maxLength: 1 }],
    ["a forbidden required property", { type: "object", properties: { a: false }, required: ["a"] }],
    [
      "too deep nesting",
      Array.from({ length: 40 }).reduce<object>((inner) => ({ type: "array", items: inner }), {}),
    ],
    ["too much text", { enum: ["x".repeat(70_000)] }],
    [
      "too many properties",
      {
        type: "object",
        properties: Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [`p${n}`, {}])),
      },
    ],
  ])("refuses %s", (_name, schema) => {
    expect(() => createJsonSchemaGrammar(schema)).toThrow(JsonSchemaError);
  });

  it("leaves unions that multiply to validation instead of following each combination", async () => {
    const { grammar, unenforced } = createJsonSchemaGrammar(multiplyUnions(24));
    expect(unenforced.length).toBeGreaterThan(0);
    expect(await matches(grammar, '{"x":1}')).toBe(true);
    expect(await matches(grammar, "[1]")).toBe(false);
  });

  it("lets JSON mode have whitespace but only an object", async () => {
    expect(await matches(JSON_OBJECT_GRAMMAR, '{"a": 1,\n  "b": [1, {"c": null}]\n}')).toBe(true);
    expect(await matches(JSON_OBJECT_GRAMMAR, "[1]")).toBe(false);
    expect(await matches(JSON_OBJECT_GRAMMAR, '{"a": 1')).toBe(false);
  });
});

function multiplyUnions(levels: number): object {
  // References keep the text small while the unions behind them double at each level.
  const $defs: Record<string, object> = { d0: { type: "object", properties: { x: {} } } };
  for (let level = 1; level < levels; level++) {
    const reference = { $ref: `#/$defs/d${level - 1}` };
    $defs[`d${level}`] = {
      anyOf: [0, 1].map((side) => ({ allOf: [reference], properties: { [`p${level}${side}`]: {} } })),
    };
  }
  return { $defs, $ref: `#/$defs/d${levels - 1}` };
}
