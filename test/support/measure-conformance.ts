/** What the grammar says alone, and together with the validator, about each case of the public suite. */

import { JsonSchemaError } from "../../src/json-schema/json-schema-error.ts";
import {
  createJsonSchemaGrammar,
  type JsonSchemaGrammarOptions,
} from "../../src/json-schema/json-schema-grammar.ts";
import { readSchema } from "../../src/json-schema/schema/read-schema.ts";
import { createCheckRestorer } from "../../src/json-schema/validation/check.ts";
import { compileValidator } from "../../src/json-schema/validation/validator.ts";
import type { GrammarMatcher } from "./grammar-matcher.ts";
import type { SuiteCase } from "./json-schema-suite.ts";
import { serialiseInOrder } from "./schema-order.ts";

export interface Conformance {
  readonly total: number;
  /** Cases that the grammar alone takes though the schema does not, and the other way round. */
  readonly overAccepted: readonly string[];
  readonly overRejected: readonly string[];
  /** Taken too much although the compiler lists nothing as left open. */
  readonly silent: readonly string[];
  /** Cases that grammar and validator together get wrong. */
  readonly wrong: readonly string[];
  readonly compileMs: readonly number[];
  /** Schemas whose compilation or matching ran past the limit. */
  readonly hangs: number;
}

interface Subject {
  readonly grammar: string | null;
  readonly unenforced: readonly string[];
  readonly isValid: (value: unknown) => boolean;
}

const HANG_MS = 2000;

export async function measureConformance(
  matcher: GrammarMatcher,
  cases: readonly SuiteCase[],
  options: JsonSchemaGrammarOptions,
): Promise<Conformance> {
  const subjects = new Map<unknown, Subject>();
  const [overAccepted, overRejected, silent, wrong]: string[][] = [[], [], [], []];
  const compileMs: number[] = [];
  let hangs = 0;
  for (const { name, schema, data, valid } of cases) {
    const key = JSON.stringify(schema);
    let subject = subjects.get(key);
    if (subject === undefined) {
      const start = performance.now();
      subject = await createSubject(schema, compileGrammar(schema, options));
      compileMs.push(performance.now() - start);
      if (performance.now() - start > HANG_MS) hangs++;
      subjects.set(key, subject);
    }
    const start = performance.now();
    const text = serialiseInOrder(schema, data);
    const isTaken = subject.grammar !== null && (await matcher.matches(subject.grammar, text));
    if (performance.now() - start > HANG_MS) hangs++;
    if (isTaken && !valid) overAccepted?.push(name);
    if (isTaken && !valid && subject.unenforced.length === 0) silent?.push(name);
    if (!isTaken && valid) overRejected?.push(name);
    if ((isTaken && subject.isValid(data)) !== valid) wrong?.push(name);
  }
  return {
    total: cases.length,
    overAccepted: overAccepted ?? [],
    overRejected: overRejected ?? [],
    silent: silent ?? [],
    wrong: wrong ?? [],
    compileMs,
    hangs,
  };
}

/** Null for a schema that is refused: then nothing is taken. */
function compileGrammar(schema: unknown, options: JsonSchemaGrammarOptions) {
  try {
    return createJsonSchemaGrammar(schema, options);
  } catch (error) {
    if (error instanceof JsonSchemaError) return null;
    throw error;
  }
}

async function createSubject(schema: unknown, compiled: ReturnType<typeof compileGrammar>): Promise<Subject> {
  if (compiled === null) return { grammar: null, unenforced: [], isValid: () => false };
  const validator = await compileValidator(readSchema(schema));
  const check = createCheckRestorer()({ validator, enforcesFormats: false, isCostly: false });
  return {
    grammar: compiled.grammar,
    unenforced: compiled.unenforced,
    isValid: (value) => check(value) === null,
  };
}
