import { removeUriSchemePlugin } from "@hyperjump/browser";
import {
  type SchemaObject as HyperjumpSchema,
  InvalidSchemaError,
  registerSchema,
  setMetaSchemaOutputFormat,
  setShouldValidateFormat,
  unregisterSchema,
  validate,
} from "@hyperjump/json-schema/draft-2020-12";
import "@hyperjump/json-schema/draft-07";
import { JsonSchemaError } from "../json-schema-error.ts";
import type { Dialect } from "../schema/dialect.ts";
import type { ReadSchema } from "../schema/read-schema.ts";
import { prepareSchema } from "./prepare-schema.ts";

const DIALECT_URIS: Readonly<Record<Dialect, string>> = {
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
  "draft-07": "http://json-schema.org/draft-07/schema",
};
const SCHEMA_URI = "tailor:schema";

/**
 * Compiles a validator to text that `restoreCheck` turns into a check in any thread. Nothing is ever fetched: a
 * reference out of the document is an error. One at a time: the library keeps its schemas in one place.
 */
export async function compileValidator(read: ReadSchema): Promise<string> {
  for (const scheme of ["http", "https", "file"]) removeUriSchemePlugin(scheme);
  const schema = prepareSchema(read);
  try {
    return await compileText(schema, read.dialect);
  } catch (error) {
    // The library's own words may quote the schema at length.
    const reason =
      error instanceof InvalidSchemaError
        ? `${await locateFault(schema, read.dialect)} has a value that ${read.dialect} does not allow`
        : `# is no schema of ${read.dialect}: it cannot be compiled`;
    throw new JsonSchemaError(reason, { cause: error });
  }
}

async function compileText(schema: HyperjumpSchema | boolean, dialect: Dialect): Promise<string> {
  // A check in this thread may have left it on: then the library refuses addresses with letters beyond ASCII.
  setShouldValidateFormat(false);
  try {
    registerSchema(schema, SCHEMA_URI, DIALECT_URIS[dialect]);
    const validator = await validate(SCHEMA_URI);
    return validator.serialize();
  } finally {
    unregisterSchema(SCHEMA_URI);
  }
}

/** Where the dialect's own schema finds fault. Looked for only in a schema that has one: noting places costs time. */
async function locateFault(schema: HyperjumpSchema | boolean, dialect: Dialect): Promise<string> {
  setMetaSchemaOutputFormat("BASIC");
  try {
    await compileText(schema, dialect);
  } catch (error) {
    const faults = error instanceof InvalidSchemaError ? (error.output.errors ?? []) : [];
    // The innermost: what is around it is at fault because of it. Within a subschema with `$id`, it is counted from there.
    const [place = "#"] = faults.map((fault) => fault.instanceLocation).sort((a, b) => b.length - a.length);
    const end = place.indexOf("#");
    const uri = place.slice(0, end);
    return `${uri === SCHEMA_URI ? "" : uri}#${decodeURI(place.slice(end + 1))}`;
  } finally {
    setMetaSchemaOutputFormat("FLAG");
  }
  return "#";
}
