import { describe, expect, it } from "vitest";
import { createSchemaFormer } from "../../../src/json-schema/compiler/compile-schema.ts";
import { JsonSchemaError } from "../../../src/json-schema/json-schema-error.ts";
import { readSchema } from "../../../src/json-schema/schema/read-schema.ts";
import { createSchemaDocument } from "../../../src/json-schema/schema/schema-document.ts";

const formSchema = createSchemaFormer();
const compile = (schema: unknown) => formSchema(schema, null);
const below = (schema: unknown) => ({ properties: { p: { items: schema } } });
const PLACE = "#/properties/p/items";

const integer = { type: "integer" };
const draft07 = { $schema: "http://json-schema.org/draft-07/schema#" };
const ADDRESS = "https://x.test/i";

describe("a refused schema", () => {
  it.each([
    [{ required: ["a", "a"] }, "required must be an array of different strings"],
    [{ type: ["string", "string"] }, "type must be a type or an array of different types"],
    [
      { dependentRequired: { a: ["b", "b"] } },
      "dependentRequired must be an object of arrays of different strings",
    ],
    [
      { dependencies: { a: ["b", "b"] } },
      "dependencies must be an object of schemas or arrays of different strings",
    ],
    [{ examples: "x" }, "examples must be an array"],
    [{ title: 5 }, "title must be a string"],
    [{ description: null }, "description must be a string"],
    [{ $comment: 1 }, "$comment must be a string"],
    [{ contentMediaType: 3 }, "contentMediaType must be a string"],
    [{ contentEncoding: {} }, "contentEncoding must be a string"],
    [{ readOnly: "x" }, "readOnly must be a boolean"],
    [{ writeOnly: 0 }, "writeOnly must be a boolean"],
    [{ $id: "http://[bad" }, "$id must be a URI reference"],
    [{ $id: "my schema" }, "$id must be a URI reference"],
    [{ $id: ":x" }, "$id must be a URI reference"],
    // What only the dialect's own schema knows.
    [{ deprecated: "x" }, "deprecated has a value that 2020-12 does not allow"],
    [{ contentSchema: 5 }, "contentSchema has a value that 2020-12 does not allow"],
    [{ properties: { x: 5 } }, "properties/x must be an object or a boolean"],
    [{ $defs: { "a/b~": "x" } }, "$defs/a~1b~0 must be an object or a boolean"],
    [{ items: [{}, 5] }, "items/1 must be an object or a boolean"],
    [{ properties: { "\ud800": {} } }, "properties has a name that is no valid Unicode"],
    [{ $dynamicRef: "#nope" }, "$dynamicRef names an anchor that is not there: nope"],
    [{ $ref: "#nope" }, "$ref names an anchor that is not there: nope"],
    [{ $ref: "#", $dynamicRef: "https://y.test/" }, "$dynamicRef points at another document"],
  ])("names path and keyword: %j", async (schema, message) => {
    const refused = compile(below(schema));
    await expect(refused).rejects.toThrow(`${PLACE}/${message}`);
    await expect(refused).rejects.toBeInstanceOf(JsonSchemaError);
  });

  it("names path and keyword in draft-07, too", async () => {
    const schema = { ...draft07, ...below({ enum: [1, 1] }) };
    await expect(compile(schema)).rejects.toThrow(`${PLACE}/enum has a value that draft-07 does not allow`);
    await expect(compile({ ...draft07, ...below({ deprecated: "x" }) })).resolves.toHaveProperty("validator");
  });

  it("counts the place of a fault from the nearest $id", async () => {
    await expect(compile(below({ $id: ADDRESS, deprecated: "x" }))).rejects.toThrow(
      `${ADDRESS}#/deprecated has a value that 2020-12 does not allow`,
    );
  });

  it.each(["https://x.test/a%20b", "urn:x:y"])("names the place below the address %s", async ($id) => {
    const schema = below({ $id, properties: { "ä#": { deprecated: "x" } } });
    await expect(compile(schema)).rejects.toThrow(`${$id}#/properties/ä#/deprecated has a value`);
  });

  it("does not change how the next one is compiled", async () => {
    await expect(compile(below({ deprecated: "x" }))).rejects.toThrow(PLACE);
    await expect(compile(below({ deprecated: true }))).resolves.toHaveProperty("validator");
  });
});

describe("two schemas under one name", () => {
  it.each([
    ["an address", { a: { $id: ADDRESS, ...integer }, b: { $id: ADDRESS, type: "string" } }, "$id"],
    ["an address, written otherwise", { a: { $id: ADDRESS }, b: { $id: `${ADDRESS}#`, ...integer } }, "$id"],
    ["an anchor", { a: { $anchor: "i", ...integer }, b: { $anchor: "i", type: "string" } }, "$anchor"],
    [
      "a dynamic anchor",
      { a: { $anchor: "i", ...integer }, b: { $dynamicAnchor: "i", type: "string" } },
      "$dynamicAnchor",
    ],
  ])("are refused: %s", async (_name, $defs, keyword) => {
    const schema = { $defs, type: "object", properties: { q: { $ref: ADDRESS } } };
    await expect(compile(schema)).rejects.toThrow(
      `#/$defs/b/${keyword} is already the name of another schema: #/$defs/a`,
    );
  });

  it("are refused when the other one is the document, or the schema around it", async () => {
    await expect(compile({ $id: ADDRESS, ...below({ $id: ADDRESS }) })).rejects.toThrow(
      `${PLACE}/$id is already the name of another schema: #`,
    );
    await expect(compile(below({ $id: "" }))).rejects.toThrow(`${PLACE}/$id is already the name`);
  });

  it("are refused in draft-07", async () => {
    const definitions = { a: { $id: "#i", ...integer }, b: { $id: "#i", type: "string" } };
    await expect(compile({ ...draft07, definitions })).rejects.toThrow("#/definitions/b/$id is already");
  });

  it("may be copies of one, which read their references alike", async () => {
    const part = { $id: ADDRESS, $defs: { n: { $anchor: "n", ...integer } }, $ref: "#/$defs/n" };
    const schema = { properties: { a: part, b: part, c: { $ref: ADDRESS } }, required: ["a", "b", "c"] };
    const { schema: read, dialect } = readSchema(schema);
    const document = createSchemaDocument(read, dialect);
    expect([...document.resources.keys()]).toEqual(["https://document.invalid/", ADDRESS]);
    await expect(compile(schema)).resolves.toMatchObject({ unenforced: [] });
  });

  it("are no two when an address cannot be told from the one around it", async () => {
    const schema = { $id: "urn:x:y", ...below({ $id: "part", ...integer }) };
    await expect(compile(schema)).resolves.toHaveProperty("validator");
  });

  it("are no two when they have different addresses around their anchors", async () => {
    const $defs = {
      a: { $id: "https://x.test/a", $anchor: "i", ...integer },
      b: { $id: "https://x.test/b", $anchor: "i", type: "string" },
    };
    await expect(compile({ $defs, $ref: "https://x.test/b#i" })).resolves.toMatchObject({ unenforced: [] });
  });
});
