import { createJsonSchemaGrammar, type JsonSchemaGrammar } from "../json-schema-grammar.ts";
import { readSchema } from "../schema/read-schema.ts";
import { createLimitedRunner } from "../validation/run-limited.ts";
import { compileValidator } from "../validation/validator.ts";

/** All that is made from one schema, as plain data. */
export interface SchemaForm extends JsonSchemaGrammar {
  /** For `createCheckRestorer`. */
  readonly validator: string;
}

/**
 * Makes a compiler of schemas. It throws JsonSchemaError when the schema cannot be used and TimeLimitExceeded when its
 * grammar, which is what can take long, is not done within `tryMs`; null gives it all the time there is.
 */
export function createSchemaFormer(): (schema: unknown, tryMs: number | null) => Promise<SchemaForm> {
  const runLimited = createLimitedRunner();
  return async (schema, tryMs) => {
    const createGrammar = () => createJsonSchemaGrammar(schema);
    const grammar = tryMs === null ? createGrammar() : runLimited(createGrammar, tryMs);
    return { ...grammar, validator: await compileValidator(readSchema(schema)) };
  };
}
