import { JsonSchemaError } from "../json-schema-error.ts";

/** A schema object as the client sent it: keys in the client's order, values still unknown. */
export type SchemaObject = Readonly<Record<string, unknown>>;
export type Schema = SchemaObject | boolean;

const JSON_TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
export type JsonType = (typeof JSON_TYPES)[number];

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseSchema(value: unknown, path: string): Schema {
  if (typeof value === "boolean" || isSchemaObject(value)) return value;
  throw new JsonSchemaError(`${path} must be an object or a boolean`);
}

export function parseSchemaList(value: unknown, path: string): readonly Schema[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new JsonSchemaError(`${path} must be a non-empty array`);
  return value.map((item, index) => parseSchema(item, `${path}/${index}`));
}

/** A non-negative integer keyword, or undefined when it is absent. */
export function parseCount(schema: SchemaObject, keyword: string, path: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new JsonSchemaError(`${path}/${keyword} must be a non-negative integer`);
}

export function parseTypes(schema: SchemaObject, path: string): readonly JsonType[] | undefined {
  if (schema.type === undefined) return undefined;
  const values: unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  const types = JSON_TYPES.filter((type) => values.includes(type));
  if (types.length === 0 || types.length !== new Set(values).size) {
    throw new JsonSchemaError(`${path}/type must name JSON types`);
  }
  // The client's order is kept: the first alternative is what a reader of the grammar expects first.
  return values.filter((value): value is JsonType => types.some((type) => type === value));
}

/** Escapes one key for a JSON pointer (RFC 6901). */
export function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
