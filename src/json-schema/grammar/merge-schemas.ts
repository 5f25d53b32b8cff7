import { JsonSchemaError } from "../json-schema-error.ts";
import { isSchemaObject, type SchemaObject } from "./schema-types.ts";

/** Keywords that say nothing about the value. */
export const ANNOTATIONS = new Set([
  "$schema",
  "$id",
  "$anchor",
  "$comment",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "nullable",
  "contentEncoding",
  "contentMediaType",
  "discriminator",
]);

const LOWER_BOUNDS = new Set(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]);
const UPPER_BOUNDS = new Set(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]);
const MAX_CROSS_PRODUCT = 64;

/**
 * One schema that asks for what both ask (`allOf`). Keywords that cannot be joined into one keep the left value and
 * are named to `onLoss`, so that the answer is checked for them afterwards.
 */
export function mergeSchemas(
  schemas: { readonly left: SchemaObject; readonly right: SchemaObject },
  onLoss: (keyword: string) => void,
): SchemaObject {
  const merged: Record<string, unknown> = { ...schemas.left };
  for (const [keyword, value] of Object.entries(schemas.right)) {
    if (!Object.hasOwn(merged, keyword) || ANNOTATIONS.has(keyword)) merged[keyword] = value;
    else merged[keyword] = mergeKeyword({ keyword, left: merged[keyword], right: value }, onLoss);
  }
  return merged;
}

interface KeywordPair {
  readonly keyword: string;
  readonly left: unknown;
  readonly right: unknown;
}

function mergeKeyword(pair: KeywordPair, onLoss: (keyword: string) => void): unknown {
  const { keyword, left, right } = pair;
  if (isSame(left, right)) return left;
  if (keyword === "type") return mergeTypes(left, right);
  if (keyword === "required") return [...new Set([...toList(left), ...toList(right)])];
  if (keyword === "properties") return mergeProperties(left, right);
  if (keyword === "enum") return mergeEnums(toList(left), toList(right));
  if (keyword === "const") throw new JsonSchemaError("allOf demands two different constants");
  if (keyword === "items" || keyword === "additionalProperties") return mergeSubschemas(left, right);
  if (keyword === "allOf") return [...toList(left), ...toList(right)];
  if (
    (keyword === "anyOf" || keyword === "oneOf") &&
    toList(left).length * toList(right).length <= MAX_CROSS_PRODUCT
  ) {
    return toList(left).flatMap((first) => toList(right).map((second) => ({ allOf: [first, second] })));
  }
  if (typeof left === "number" && typeof right === "number") {
    if (LOWER_BOUNDS.has(keyword)) return Math.max(left, right);
    if (UPPER_BOUNDS.has(keyword)) return Math.min(left, right);
  }
  onLoss(keyword);
  return left;
}

function mergeTypes(left: unknown, right: unknown): unknown[] {
  const rights = toList(right);
  const types = toList(left).flatMap((type) => {
    if (rights.includes(type)) return [type];
    if (type === "number" && rights.includes("integer")) return ["integer"];
    return type === "integer" && rights.includes("number") ? ["integer"] : [];
  });
  if (types.length === 0) throw new JsonSchemaError("allOf demands two types that exclude each other");
  return types;
}

function mergeProperties(left: unknown, right: unknown): SchemaObject {
  const merged: Record<string, unknown> = isSchemaObject(left) ? { ...left } : {};
  for (const [name, schema] of Object.entries(isSchemaObject(right) ? right : {})) {
    merged[name] = Object.hasOwn(merged, name) ? mergeSubschemas(merged[name], schema) : schema;
  }
  return merged;
}

function mergeSubschemas(left: unknown, right: unknown): unknown {
  if (left === false || right === false) return false;
  if (left === true) return right;
  if (right === true) return left;
  return { allOf: [left, right] };
}

function mergeEnums(left: readonly unknown[], right: readonly unknown[]): unknown[] {
  const both = left.filter((value) => right.some((other) => isSame(value, other)));
  if (both.length === 0) throw new JsonSchemaError("allOf demands two enums without a common value");
  return both;
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
