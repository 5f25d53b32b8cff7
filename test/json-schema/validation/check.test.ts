import { describe, expect, it } from "vitest";
import { readSchema } from "../../../src/json-schema/schema/read-schema.ts";
import { createCheckRestorer } from "../../../src/json-schema/validation/check.ts";
import { compileValidator } from "../../../src/json-schema/validation/validator.ts";

const restore = createCheckRestorer();
const rules = { enforcesFormats: true, isCostly: false };

async function findFault(schema: unknown, answer: string): Promise<string | null> {
  const check = restore({ ...rules, validator: await compileValidator(readSchema(schema)) });
  return check(JSON.parse(answer));
}

const BUILT_IN_NAMES = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"];
const integer = { type: "integer" };
const declaring = { type: "object", properties: { a: integer } };
const draft07 = { $schema: "http://json-schema.org/draft-07/schema#" };

describe.each(BUILT_IN_NAMES)("a check of an answer with the key %s", (name) => {
  const answer = (value: unknown) => `{"a":1,"${name}":${JSON.stringify(value)}}`;
  const naming = (value: unknown) => JSON.parse(`{"${name}":${JSON.stringify(value)}}`);

  it.each([
    ["no word on other keys", declaring, null],
    ["no word on other keys, in draft-07", { ...draft07, ...declaring }, null],
    ["any other keys", { ...declaring, additionalProperties: true }, null],
    ["no other keys", { ...declaring, additionalProperties: false }, "additionalProperties"],
    ["other keys of another type", { ...declaring, additionalProperties: integer }, "type"],
    ["no keys but those evaluated", { ...declaring, unevaluatedProperties: false }, "unevaluatedProperties"],
    ["the key itself", { properties: naming(integer) }, "type"],
    ["the key itself, evaluated", { properties: naming({}), unevaluatedProperties: { const: 1 } }, null],
    ["what comes with the key", { dependentRequired: naming(["b"]) }, "dependentRequired"],
    ["an unknown keyword of this name", { ...declaring, ...naming("x") }, null],
  ])("holds it to a schema with %s", async (_name, schema, keyword) => {
    const fault = await findFault(schema, answer("x"));
    if (keyword === null) expect(fault).toBeNull();
    else expect(fault).toContain(`does not hold to '${keyword}'`);
  });

  it.each([
    ["$dynamicAnchor", { $dynamicAnchor: name, properties: { a: { $dynamicRef: `#${name}` }, b: integer } }],
    ["$anchor", { $anchor: name, properties: { a: { $ref: `#${name}` }, b: integer } }],
    ["$anchor, dynamically", { $anchor: name, properties: { a: { $dynamicRef: `#${name}` }, b: integer } }],
    [
      "$id, in draft-07",
      {
        ...draft07,
        definitions: { part: { $id: `#${name}`, properties: { b: integer } } },
        properties: { a: { $ref: `#${name}` } },
      },
    ],
    [
      "path in an unknown keyword",
      {
        parts: { all: naming({ properties: { b: integer } }) },
        properties: { a: { $ref: `#/parts/all/${name}` } },
      },
    ],
  ])("follows a reference by an %s of the same name", async (_name, schema) => {
    expect(await findFault(schema, '{"a":{"b":1}}')).toBeNull();
    expect(await findFault(schema, '{"a":{"b":"x"}}')).toBe("/a/b does not hold to 'type'");
  });
});

describe("a check", () => {
  it.each(["a b", 'a"b', "a{b}", "a[b]", "ä", "100 %25"])("follows a pointer to %j", async (key) => {
    const $defs = { [key.replace("%25", "%")]: integer };
    const schema = { $defs, properties: { a: { $ref: `#/$defs/${key}` } } };
    expect(await findFault(schema, '{"a":1}')).toBeNull();
    expect(await findFault(schema, '{"a":"x"}')).toBe("/a does not hold to 'type'");
  });

  it("follows a reference at the root of a draft-07 schema", async () => {
    const schema = {
      ...draft07,
      $ref: "#/definitions/list",
      type: "string",
      definitions: { list: { properties: { a: integer, next: { $ref: "#/definitions/list" } } } },
    };
    expect(await findFault(schema, '{"next":{"a":1}}')).toBeNull();
    expect(await findFault(schema, '{"next":{"a":"x"}}')).toBe("/next/a does not hold to 'type'");
  });

  it("that cannot be made counts as failed, and does not quote the answer", () => {
    const ast = { metaData: {}, plugins: [], "tailor:schema#": [["tailor:no-such-keyword", "", null]] };
    const validator = JSON.stringify({ ast, schemaUri: "tailor:schema#" });
    for (const isCostly of [false, true]) {
      const check = restore({ ...rules, isCostly, validator });
      expect(check({ secret: 1 })).toBe("not possible to check against its schema");
    }
  });
});
