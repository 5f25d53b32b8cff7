import { JsonSchemaError } from "../json-schema-error.ts";

const MAX_SCHEMA_BYTES = 64 * 1024;

/** The schema as JSON of its own: a part that a caller's object shares between two places becomes two parts. */
export function readSchemaText(schema: unknown): unknown {
  const text = JSON.stringify(schema) ?? "null";
  if (Buffer.byteLength(text) > MAX_SCHEMA_BYTES)
    throw new JsonSchemaError(`# is larger than ${MAX_SCHEMA_BYTES / 1024} KB`);
  return JSON.parse(text);
}
