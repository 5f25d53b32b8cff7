import { ANNOTATIONS } from "./merge-schemas.ts";
import { isSchemaObject, type JsonType, type SchemaObject } from "./schema-types.ts";

const TYPE_KEYWORDS: Readonly<Record<JsonType, readonly string[]>> = {
  object: [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
  ],
  array: [
    "items",
    "prefixItems",
    "additionalItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
  ],
  string: ["minLength", "maxLength", "pattern", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  boolean: [],
  null: [],
};

/** Without `type` a keyword binds only values of its own type; a model is steered to that type. */
export function inferTypes(schema: SchemaObject): readonly JsonType[] {
  const types: JsonType[] = ["object", "array", "string", "number"];
  const inferred = types.filter((type) =>
    TYPE_KEYWORDS[type].some((keyword) => schema[keyword] !== undefined),
  );
  return inferred.length > 0 ? inferred : ["object", "array", "string", "number", "boolean", "null"];
}

export function isUnconstrained(schema: SchemaObject): boolean {
  return Object.keys(schema).every((keyword) => ANNOTATIONS.has(keyword));
}

export function isOfType(value: unknown, type: JsonType): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isSchemaObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}
