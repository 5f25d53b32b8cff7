import { createRequire } from "node:module";
import type { SchemaObject } from "../grammar/schema-types.ts";
import { isSchemaObject } from "../grammar/schema-types.ts";

/** The dialects' own schemas by address, as a schema for schemas may refer to them. */
const FILES: Readonly<Record<string, string>> = {
  "http://json-schema.org/draft-07/schema": "json-schema-draft-07.json",
  "https://json-schema.org/draft/2020-12/schema": "json-schema-2020-12/schema.json",
  ...Object.fromEntries(
    ["applicator", "content", "core", "format-annotation", "meta-data", "unevaluated", "validation"].map(
      (name) => [
        `https://json-schema.org/draft/2020-12/meta/${name}`,
        `json-schema-2020-12/meta/${name}.json`,
      ],
    ),
  ),
};

/** Undefined when no dialect has this address. */
export function readDialectSchema(uri: string): SchemaObject | undefined {
  const file = FILES[uri];
  if (file === undefined) return undefined;
  const schema: unknown = createRequire(import.meta.url)(`ajv/dist/refs/${file}`);
  // A copy: parts of a document are told apart by identity.
  return isSchemaObject(schema) ? structuredClone(schema) : undefined;
}
