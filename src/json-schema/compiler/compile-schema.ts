import { createJsonSchemaGrammar, type JsonSchemaGrammar } from "../json-schema-grammar.ts";
import { readSchema } from "../schema/read-schema.ts";
import { compileValidator } from "../validation/validator.ts";

/** All that is made from one schema, as plain data. */
export interface SchemaForm extends JsonSchemaGrammar {
  /** For `createCheckRestorer`. */
  readonly validator: string;
}

/** Throws JsonSchemaError when the schema cannot be used. */
export async function compileSchema(schema: unknown): Promise<SchemaForm> {
  const grammar = createJsonSchemaGrammar(schema);
  return { ...grammar, validator: await compileValidator(readSchema(schema)) };
}
