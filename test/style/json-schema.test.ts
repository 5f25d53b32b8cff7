import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { createPlanJsonSchema } from "../../src/style/json-schema.ts";

const item = {
  query: "navy blazer",
  key: "blazer",
  type: "outerwear",
  min: "20",
  max: "40.50",
  brand: "zara",
};
const plan = { outfits: [{ looks: "a", description: "b", items: [item, item, item] }] };

describe("createPlanJsonSchema", () => {
  const schema = createPlanJsonSchema();
  const validate = new Ajv2020().compile(schema);

  it("takes a plan and refuses what is none", () => {
    expect(validate(plan)).toBe(true);
    expect(validate({ outfits: [] })).toBe(false);
    expect(validate({ outfits: [{ ...plan.outfits[0], items: [item] }] })).toBe(false);
    expect(validate({ ...plan, extra: 1 })).toBe(false);
  });

  it("keeps the trained key order and is strict throughout", () => {
    const text = JSON.stringify(schema);
    const properties = ["looks", "description", "items", "query", "key", "type", "min", "max", "brand"];
    const starts = properties.map(
      (name) =>
        `"${name}":{"${name === "items" ? 'minItems":3' : name === "type" ? 'type":"string","enum' : 'type":"string'}`,
    );
    const places = starts.map((start) => text.indexOf(start));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((x, y) => x - y));
    expect(text.match(/"type":"object"/g)).toHaveLength(3);
    expect(text.match(/"additionalProperties":false/g)).toHaveLength(3);
  });
});
