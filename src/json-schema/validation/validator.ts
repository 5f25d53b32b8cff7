import { removeUriSchemePlugin } from "@hyperjump/browser";
import {
  type SchemaObject as HyperjumpSchema,
  registerSchema,
  type SchemaFragment,
  unregisterSchema,
  validate,
} from "@hyperjump/json-schema/draft-2020-12";
import "@hyperjump/json-schema/draft-07";
import { isSchemaObject, type Schema, type SchemaObject } from "../grammar/schema-types.ts";
import { JsonSchemaError } from "../json-schema-error.ts";
import type { Dialect } from "../schema/dialect.ts";
import type { ReadSchema } from "../schema/read-schema.ts";

const DIALECT_URIS: Readonly<Record<Dialect, string>> = {
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
  "draft-07": "http://json-schema.org/draft-07/schema",
};
const SCHEMA_URI = "tailor:schema";

/**
 * Compiles a validator to text that `restoreCheck` turns into a check in any thread. Nothing is ever fetched: a
 * reference out of the document is an error. One at a time: the library keeps its schemas in one place.
 */
export async function compileValidator({ schema, dialect }: ReadSchema): Promise<string> {
  for (const scheme of ["http", "https", "file"]) removeUriSchemePlugin(scheme);
  try {
    registerSchema(prepare(schema, dialect), SCHEMA_URI, DIALECT_URIS[dialect]);
    const validator = await validate(SCHEMA_URI);
    return validator.serialize();
  } catch (error) {
    // The library's own words may quote the schema at length.
    const reason =
      error instanceof Error && error.name === "InvalidSchemaError"
        ? "a keyword has a value that is not allowed"
        : "it cannot be compiled";
    throw new JsonSchemaError(`# is no schema of ${dialect}: ${reason}`, { cause: error });
  } finally {
    unregisterSchema(SCHEMA_URI);
  }
}

/**
 * What the library must not see: a dialect of the client's own making would change how later schemas are read, and
 * it refuses addresses of files even as mere names. In draft-07 the siblings of a reference say nothing, `$id` included.
 */
function prepare(schema: Schema, dialect: Dialect): HyperjumpSchema | boolean {
  if (typeof schema === "boolean") return schema;
  const { $schema: _dialect, $vocabulary: _vocabulary, ...rest } = schema;
  return prepareObject(rest, dialect);
}

function prepareValue(value: unknown, dialect: Dialect): SchemaFragment {
  if (Array.isArray(value)) return value.map((item) => prepareValue(item, dialect));
  if (isSchemaObject(value)) return prepareObject(value, dialect);
  return value as SchemaFragment;
}

function prepareObject(schema: SchemaObject, dialect: Dialect): HyperjumpSchema {
  const isReference = dialect === "draft-07" && typeof schema.$ref === "string";
  const entries = Object.entries(schema).flatMap(([keyword, value]): [string, SchemaFragment][] => {
    if (DATA_KEYWORDS.has(keyword)) return [[keyword, value as SchemaFragment]];
    if (keyword === "$schema" && typeof value === "string") return [];
    if (keyword === "$vocabulary" && isSchemaObject(value)) return [];
    if (keyword === "$id" && isReference) return [];
    const isAddress = (keyword === "$id" || keyword === "$ref") && typeof value === "string";
    return [[keyword, isAddress ? value.replace(/^file:/i, "tailor-file:") : prepareValue(value, dialect)]];
  });
  return Object.fromEntries(entries);
}

const DATA_KEYWORDS = new Set(["const", "default", "enum", "examples"]);
