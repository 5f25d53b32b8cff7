import { describe, expect, test } from "vitest";
import { findStrictFault } from "../../src/protocol/strict-schema.ts";

function strict(properties: Record<string, unknown>, fields: object = {}) {
  return {
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    ...fields,
  };
}

const text = { type: "string" };

function nest(levels: number): Record<string, unknown> {
  return levels === 1 ? strict({}) : strict({ inner: nest(levels - 1) });
}

describe("a schema that strict mode takes", () => {
  test.each([
    ["flat", strict({ a: text, b: { type: ["number", "null"] } })],
    ["empty", strict({})],
    ["of lists of objects", strict({ list: { type: "array", items: strict({ a: text }) } })],
    ["with variants inside", strict({ a: { anyOf: [strict({ b: text }), { type: "null" }] } })],
    [
      "that refers to itself",
      strict(
        { node: { $ref: "#/$defs/node" } },
        { $defs: { node: strict({ next: { $ref: "#/$defs/node" } }) } },
      ),
    ],
    [
      "with patterns and bounds",
      strict({ a: { ...text, pattern: "^a" }, b: { type: "integer", minimum: 1 } }),
    ],
    ["ten levels deep", nest(10)],
    ["with properties named like keywords", strict({ not: text, allOf: text, if: text })],
  ])("%s", (_name, schema) => {
    expect(findStrictFault(schema)).toBeNull();
  });
});

describe("a schema that strict mode refuses", () => {
  const additional = "'additionalProperties' is required to be supplied and to be false.";
  const required =
    "'required' is required to be supplied and to be an array including every key in properties.";

  test.each([
    ["an open root", { type: "object", properties: {} }, `In context=(), ${additional}`],
    [
      "an open object inside",
      strict({ steps: { type: "array", items: { type: "object", properties: { a: text } } } }),
      `In context=('properties', 'steps', 'items'), ${additional}`,
    ],
    ["an optional property", strict({ a: text, b: text }, { required: ["a"] }), `${required} Missing 'b'.`],
    ["no list of required ones", strict({ a: text }, { required: undefined }), `${required} Missing 'a'.`],
    [
      "an unknown required one",
      strict({ a: text }, { required: ["a", "z"] }),
      "Extra required key 'z' supplied.",
    ],
    ["a list as root", { type: "array", items: text }, `got 'type: "array"'.`],
    ["no type at the root", { properties: {} }, `got 'type: "None"'.`],
    ["variants at the root", strict({}, { anyOf: [] }), "not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not'"],
    ["allOf", strict({ a: { allOf: [text] } }), "In context=('properties', 'a'), 'allOf' is not permitted."],
    [
      "a definition that is open",
      strict({}, { $defs: { x: { type: "object" } } }),
      "In context=('$defs', 'x'), ",
    ],
    ["a variant that is open", strict({ a: { anyOf: [text, { type: "object" }] } }), "'anyOf', '1'), "],
    ["eleven levels", nest(11), "exceeds maximum nesting depth of 10."],
    [
      "too many properties",
      strict(Object.fromEntries(Array.from({ length: 5001 }, (_, index) => [`p${index}`, text]))),
      "5001 object properties in total exceed the limit of 5000.",
    ],
    [
      "too many values",
      strict({ a: { enum: Array.from({ length: 1001 }, (_, index) => index) } }),
      "1001 enum values in total exceed the limit of 1000.",
    ],
    [
      "too long an enumeration",
      strict({ a: { enum: Array.from({ length: 251 }, (_, index) => `${index}`.padEnd(60, "x")) } }),
      "exceeds the limit of 15000 characters.",
    ],
    ["too long names", strict({ ["x".repeat(120_001)]: text }), "exceed the limit of 120000."],
  ])("for %s", (_name, schema, message) => {
    expect(findStrictFault(schema)).toContain(message);
  });
});
