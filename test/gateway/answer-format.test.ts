import { afterAll, describe, expect, test } from "vitest";
import { createAnswerFormats } from "../../src/gateway/answer-format.ts";
import { createSchemaCompiler } from "../../src/json-schema/compiler/schema-compiler.ts";

const compiler = createSchemaCompiler({ deadlineMs: 20_000 });
afterAll(() => compiler.close());
const formats = createAnswerFormats(compiler);
const forSchema = (schema: Record<string, unknown>) =>
  formats.prepare({ type: "json_schema", json_schema: { name: "x", schema } });

describe("an asked format", () => {
  test("of text is none", () => {
    expect(formats.forFormat({ type: "text" })).toBeNull();
    expect(formats.forFormat(null)).toBeNull();
  });

  test("of a JSON object takes objects only", () => {
    const format = formats.forFormat({ type: "json_object" });
    expect(format?.findFault('{"a":1}')).toBeNull();
    expect(format?.findFault("[1]")).toBe("not a JSON object");
    expect(format?.findFault("```json\n{}\n```")).toBe("not valid JSON");
  });

  test("of a schema takes what holds to it and names the place that does not", async () => {
    const format = await forSchema({
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: { items: { type: "array", items: { $ref: "#/$defs/item" } } },
      $defs: {
        item: { type: "object", required: ["price"], properties: { price: { type: "number", minimum: 0 } } },
      },
    });
    expect(format?.findFault('{"items":[{"price":1}]}')).toBeNull();
    expect(format?.findFault('{"items":[{"price":-1}]}')).toBe("/items/0/price does not hold to 'minimum'");
  });

  test.each(["constructor", "toString", "__proto__"])(
    "of a schema takes an answer with the undeclared key %s",
    async (name) => {
      const format = await forSchema({ type: "object", properties: { a: { type: "integer" } } });
      expect(format?.findFault(`{"a":1,"${name}":"x"}`)).toBeNull();
      expect(format?.findFault(`{"a":"x","${name}":"x"}`)).toBe("/a does not hold to 'type'");
    },
  );

  test("of two schemas with one $id keeps them apart", async () => {
    const first = await forSchema({ $id: "https://a.example/s", type: "object", required: ["a"] });
    const second = await forSchema({ $id: "https://a.example/s", type: "object", required: ["b"] });
    expect(first?.findFault('{"a":1}')).toBeNull();
    expect(second?.findFault('{"a":1}')).not.toBeNull();
  });

  test.each([
    ["a type that does not exist", { type: "nonsense" }],
    ["a reference to nowhere", { $ref: "#/$defs/missing" }],
    ["a pattern that is no expression", { type: "string", pattern: "(" }],
  ])("with %s is refused", async (_name, schema) => {
    await expect(forSchema(schema)).rejects.toThrow(/^Invalid schema for response_format 'x': /);
  });

  test("too large to compile quickly is only held to be JSON, and says so", async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`field${index}`, { type: "string" }]),
    );
    const format = await forSchema({ type: "object", properties });
    expect(format?.isChecked).toBe(false);
    expect(format?.findFault("nothing")).toBe("not valid JSON");
  });

  test("is at hand afterwards for the same request, and unchecked for one that was not prepared", async () => {
    const asked = { type: "json_schema" as const, json_schema: { name: "x", schema: { type: "integer" } } };
    const prepared = await formats.prepare(asked);
    expect(formats.forFormat(asked)).toBe(prepared);
    expect(formats.forFormat(structuredClone(asked))?.isChecked).toBe(false);
  });
});
