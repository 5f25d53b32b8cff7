import { describe, expect, test } from "vitest";
import { readPlanLimits } from "../../../src/style/constraint/read-plan-limits.ts";
import { createPlanJsonSchema } from "../../../src/style/json-schema.ts";
import { ITEM_TYPES } from "../../../src/style/plan.ts";

type Schema = Record<string, unknown>;

const strict = (properties: Schema): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const text = { type: "string" };

/** The backend's schema with other parts in their places. */
function createSchema(
  other: { item?: Schema; items?: Schema; outfit?: Schema; outfits?: Schema } = {},
): Schema {
  const item = strict({
    query: text,
    key: text,
    type: text,
    min: text,
    max: text,
    brand: text,
    ...other.item,
  });
  const items = { type: "array", items: item, ...other.items };
  const outfit = strict({ looks: text, description: text, items, ...other.outfit });
  return strict({ outfits: { type: "array", items: outfit, ...other.outfits } });
}

/** Each part is twice the next one. */
function createBomb(depth: number): Schema {
  const double = (index: number) => ({ anyOf: [{ $ref: `#/$defs/${index}` }, { $ref: `#/$defs/${index}` }] });
  const $defs = Object.fromEntries(Array.from({ length: depth }, (_, index) => [index, double(index + 1)]));
  return { ...double(0), $defs: { ...$defs, [depth]: text } };
}

const read = (schema: unknown, outfits = 1) =>
  readPlanLimits(schema, { outfits, longestProse: 600, longestBrand: 20, highestPrice: () => 300 });
const everything = {
  priceForm: "string",
  wholePrices: false,
  counts: { least: 3, most: 6 },
  types: [...ITEM_TYPES],
};

describe("a schema that takes whatever the constraint writes", () => {
  test("limits nothing", () => {
    expect(read(createSchema())).toEqual(everything);
    expect(read(createPlanJsonSchema())).toEqual(everything);
  });

  test("may bound texts further than any goes", () => {
    const query = { type: "string", minLength: 3, maxLength: 120 };
    expect(read(createSchema({ item: { query, brand: { type: "string", maxLength: 20 } } }))).toEqual(
      everything,
    );
    const description = { type: "string", minLength: 7, maxLength: 1000 };
    expect(read(createSchema({ outfit: { description } }))).toEqual(everything);
  });

  test("is seen through references and alternatives", () => {
    const price = { anyOf: [{ type: "number" }, { type: "string" }] };
    const schema = { ...createSchema({ item: { min: { $ref: "#/$defs/a~1price" }, max: price } }) };
    expect(read({ ...schema, $defs: { "a/price": price } })).toEqual(everything);
    const nullable = { oneOf: [{ type: "null" }, { type: "string", description: "a brand" }] };
    expect(read(createSchema({ item: { brand: nullable, min: { type: ["number", "string"] } } }))).toEqual(
      everything,
    );
  });
});

describe("a schema that takes some of it", () => {
  test("bounds the number of items", () => {
    expect(read(createSchema({ items: { maxItems: 4 } }))?.counts).toEqual({ least: 3, most: 4 });
    expect(read(createSchema({ items: { minItems: 5, maxItems: 9 } }))?.counts).toEqual({
      least: 5,
      most: 6,
    });
  });

  test("makes prices numbers, or whole ones", () => {
    const number = { type: "number", minimum: 0 };
    const integer = { type: "integer", exclusiveMinimum: 0, maximum: 300 };
    expect(read(createSchema({ item: { min: number, max: number } }))).toMatchObject({
      priceForm: "number",
      wholePrices: false,
    });
    expect(read(createSchema({ item: { min: integer, max: number } }))).toMatchObject({
      priceForm: "number",
      wholePrices: true,
    });
  });

  test("names the types there are", () => {
    const type = { enum: ["top", "bottom", "shoes", "dress"] };
    expect(read(createSchema({ item: { type } }))?.types).toEqual(["top", "bottom", "shoes"]);
  });
});

describe("a schema that may be broken", () => {
  const one = (key: string, schema: Schema) => createSchema({ item: { [key]: schema } });
  test.each<[string, unknown]>([
    ["asks for fewer items than a plan has", createSchema({ items: { maxItems: 2 } })],
    ["asks for more items than a plan has", createSchema({ items: { minItems: 7 } })],
    ["asks for more outfits", createSchema({ outfits: { minItems: 2 } })],
    ["wants a property that no plan has", createSchema({ item: { colour: text } })],
    ["knows no brand", { ...strict({ outfits: { type: "array", items: strict({ looks: text }) } }) }],
    ["has short queries", one("query", { type: "string", maxLength: 20 })],
    ["has long queries", one("query", { type: "string", minLength: 4 })],
    ["has short brands", one("brand", { type: "string", maxLength: 19 })],
    ["has its own brands", one("brand", { enum: ["zara", "mango"] })],
    ["has its own keys", one("key", { type: "string", pattern: "^item-[0-9]$" })],
    ["has its own types", one("type", { enum: ["dress", "trousers"] })],
    [
      "bounds prices from below",
      createSchema({ item: { min: { type: "number", minimum: 20 }, max: { type: "number" } } }),
    ],
    [
      "bounds prices from above",
      createSchema({ item: { min: { type: "number" }, max: { type: "number", maximum: 299 } } }),
    ],
    [
      "has prices in fives",
      createSchema({ item: { min: { type: "number", multipleOf: 5 }, max: { type: "number" } } }),
    ],
    ["has two forms of prices", createSchema({ item: { min: { type: "number" } } })],
    ["denies something", one("brand", { type: "string", not: { const: "zara" } })],
    ["points nowhere", one("brand", { $ref: "#/$defs/brand" })],
    ["never ends", { $ref: "#" }],
    ["unfolds without end", createBomb(40)],
    ["takes nothing", false],
  ])("that %s steers alone", (_, schema) => {
    expect(read(schema)).toBeNull();
  });
});
