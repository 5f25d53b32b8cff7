import { isSchemaObject, parseSchema, type Schema, type SchemaObject } from "../grammar/schema-types.ts";
import { JsonSchemaLimitError } from "../json-schema-error.ts";
import { type Dialect, pickDialect } from "./dialect.ts";
import { SCHEMA_MAP_KEYWORDS } from "./keywords.ts";

export interface ReadSchema {
  readonly schema: Schema;
  readonly dialect: Dialect;
}

export const MAX_SCHEMA_BYTES = 64 * 1024;
const MAX_NESTING = 200;

/**
 * The schema as JSON of its own, with OpenAPI's `nullable` written as JSON Schema has it: what both the grammar and the
 * validator are made from. Throws JsonSchemaError when it is too large to be looked at.
 */
export function readSchema(given: unknown): ReadSchema {
  const text = writeText(given);
  if (Buffer.byteLength(text) > MAX_SCHEMA_BYTES)
    throw new JsonSchemaLimitError(`# is larger than ${MAX_SCHEMA_BYTES / 1024} KB`);
  if (measureNesting(text) > MAX_NESTING)
    throw new JsonSchemaLimitError(`# is nested deeper than ${MAX_NESTING} levels`);
  const schema = parseSchema(JSON.parse(text), "#");
  return { schema: parseSchema(rewrite(schema), "#"), dialect: pickDialect(schema) };
}

function writeText(given: unknown): string {
  try {
    return JSON.stringify(given) ?? "null";
  } catch {
    throw new JsonSchemaLimitError("# is nested too deeply, or contains itself");
  }
}

/** Brackets in strings count too: the limit is far above what any schema needs. */
function measureNesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}

const DATA_KEYWORDS = new Set(["const", "default", "enum", "examples"]);
const MAP_KEYWORDS = new Set<string>([...SCHEMA_MAP_KEYWORDS, "dependencies", "dependentRequired"]);

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite);
  if (!isSchemaObject(value)) return value;
  const entries = Object.entries(value).map(([keyword, inner]): [string, unknown] => {
    if (DATA_KEYWORDS.has(keyword)) return [keyword, inner];
    return [keyword, MAP_KEYWORDS.has(keyword) && isSchemaObject(inner) ? rewriteMap(inner) : rewrite(inner)];
  });
  return allowNull(Object.fromEntries(entries));
}

function rewriteMap(map: SchemaObject): SchemaObject {
  return Object.fromEntries(Object.entries(map).map(([name, inner]) => [name, rewrite(inner)]));
}

/** `nullable: true` beside `type` is OpenAPI's way to allow null as well. */
function allowNull(schema: SchemaObject): SchemaObject {
  const { nullable, type } = schema;
  if (nullable !== true || type === undefined) return schema;
  const types: unknown[] = Array.isArray(type) ? type : [type];
  return types.includes("null") ? schema : { ...schema, type: [...types, "null"] };
}
