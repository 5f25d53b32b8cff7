import fc from "fast-check";
import { JsonSchemaError } from "../../src/json-schema/json-schema-error.ts";
import {
  createJsonSchemaGrammar,
  type JsonSchemaGrammar,
} from "../../src/json-schema/json-schema-grammar.ts";
import { readSchema } from "../../src/json-schema/schema/read-schema.ts";
import { createCheckRestorer } from "../../src/json-schema/validation/check.ts";
import { compileValidator } from "../../src/json-schema/validation/validator.ts";
import type { GrammarMatcher } from "./grammar-matcher.ts";
import { INSTANCE_POOL } from "./instance-pool.ts";
import { createRandom } from "./random.ts";
import { documentArbitrary } from "./random-schema.ts";
import { createSentenceWriter } from "./random-sentence.ts";

export interface RandomSchemasReport {
  /**
   * Sentences of a grammar that llama.cpp does not take, or that break a schema of which nothing was left open; values
   * of a schema that was refused as one without any.
   */
  readonly faults: readonly string[];
  readonly compiled: number;
  /** Of these, the ones whose grammar leaves nothing open. */
  readonly exact: number;
}

const SENTENCES = 5;
const SENTENCE_CHARACTERS = 60;

/** Compiles random schemas, by turns under both policies, and has their grammars write texts for the validator. */
export async function judgeRandomSchemas(
  matcher: GrammarMatcher,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<RandomSchemasReport> {
  const random = createRandom(seed);
  const restoreCheck = createCheckRestorer();
  const faults: string[] = [];
  let [compiled, exact] = [0, 0];
  for (const [index, schema] of fc.sample(documentArbitrary, { seed, numRuns: count }).entries()) {
    const result = compile(schema, index % 2 === 0 ? "open" : "closed");
    if (result === "other") continue;
    const validator = await compileValidator(readSchema(schema));
    const check = restoreCheck({ validator, enforcesFormats: true, isCostly: false });
    if (result === "empty") {
      // What closing shuts out may have been all there was.
      const isEmpty = compile(schema, "open") === "empty";
      const value = isEmpty ? INSTANCE_POOL.find((instance) => check(instance) === null) : undefined;
      if (value !== undefined) faults.push(`refused: ${JSON.stringify(value)} for ${JSON.stringify(schema)}`);
      continue;
    }
    const isExact = result.unenforced.length === 0;
    compiled++;
    if (isExact) exact++;
    const write = createSentenceWriter(result.grammar, random);
    for (let sentence = 0; sentence < SENTENCES; sentence++) {
      const text = write(SENTENCE_CHARACTERS);
      const isMatched = await matcher.matches(result.grammar, text);
      if (!isMatched) faults.push(`not matched: ${text} for ${JSON.stringify(schema)}`);
      const fault = check(JSON.parse(text));
      if (isExact && fault !== null) faults.push(`${fault}: ${text} for ${JSON.stringify(schema)}`);
    }
  }
  return { faults, compiled, exact };
}

/** In words when the schema is refused: "empty" as one that allows no value. */
function compile(schema: unknown, objects: "open" | "closed"): JsonSchemaGrammar | "empty" | "other" {
  try {
    return createJsonSchemaGrammar(schema, { objects });
  } catch (error) {
    if (error instanceof JsonSchemaError)
      return error.message.endsWith("allows no value") ? "empty" : "other";
    throw error;
  }
}
