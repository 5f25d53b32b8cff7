import { createGrammarRules } from "./grammar/grammar-rules.ts";
import { createSchemaCompiler } from "./grammar/schema-compiler.ts";
import { parseSchema } from "./grammar/schema-types.ts";
import { JsonSchemaError } from "./json-schema-error.ts";

const MAX_SCHEMA_BYTES = 64 * 1024;

export interface JsonSchemaGrammar {
  /** GBNF whose `root` matches compact JSON (no whitespace) with properties in the schema's order. */
  readonly grammar: string;
  /** JSON pointers of the keywords that the grammar leaves open; validate the answer for them. */
  readonly unenforced: readonly string[];
}

/**
 * Compiles a JSON Schema (2020-12 and the common older forms) to a llama.cpp grammar.
 *
 * What the grammar matches is a subset of the schema's values unless a keyword is listed in `unenforced`: objects with
 * `properties` and tuples are closed unless the schema opens them. Throws JsonSchemaError when the schema is malformed, contradicts itself or is too large.
 */
export function createJsonSchemaGrammar(schema: unknown): JsonSchemaGrammar {
  if (Buffer.byteLength(JSON.stringify(schema) ?? "") > MAX_SCHEMA_BYTES) {
    throw new JsonSchemaError(`larger than ${MAX_SCHEMA_BYTES / 1024} KB`);
  }
  const root = parseSchema(schema, "#");
  const rules = createGrammarRules();
  const unenforced = new Set<string>();
  const compiler = createSchemaCompiler({ root, rules, unenforced });
  const start = compiler.add(root, { path: "#", depth: 0, openReferences: new Set(["#"]) });
  return { grammar: rules.toText(start), unenforced: [...unenforced] };
}
