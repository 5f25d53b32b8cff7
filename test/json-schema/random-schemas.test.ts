import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { JsonSchemaError } from "../../src/json-schema/json-schema-error.ts";
import { createJsonSchemaGrammar } from "../../src/json-schema/json-schema-grammar.ts";
import { readSchema } from "../../src/json-schema/schema/read-schema.ts";
import { createCheckRestorer } from "../../src/json-schema/validation/check.ts";
import { compileValidator } from "../../src/json-schema/validation/validator.ts";
import { createGrammarMatcher, type GrammarMatcher } from "../support/grammar-matcher.ts";
import { createRandom } from "../support/random.ts";
import { documentArbitrary } from "../support/random-schema.ts";
import { createSentenceWriter } from "../support/random-sentence.ts";

const SEED = 20_240_607;
/** The long form is `npm run test:long`. */
const SCHEMAS = process.env.TAILOR_LONG_TESTS === "true" ? 1000 : 150;
const SENTENCES = 5;

let matcher: GrammarMatcher;
beforeAll(async () => {
  matcher = await createGrammarMatcher();
});
afterAll(() => matcher.dispose());

function compile(schema: unknown, objects: "open" | "closed") {
  try {
    return createJsonSchemaGrammar(schema, { objects });
  } catch (error) {
    if (error instanceof JsonSchemaError) return null;
    throw error;
  }
}

it(`compiles or refuses ${SCHEMAS} random schemas, and what their grammars write holds to them`, {
  timeout: 600_000,
}, async () => {
  const random = createRandom(SEED);
  const restoreCheck = createCheckRestorer();
  let [compiled, exact] = [0, 0];
  const faults: string[] = [];
  for (const [index, schema] of fc.sample(documentArbitrary, { seed: SEED, numRuns: SCHEMAS }).entries()) {
    const result = compile(schema, index % 2 === 0 ? "open" : "closed");
    if (result === null) continue;
    compiled++;
    const check = restoreCheck({
      validator: await compileValidator(readSchema(schema)),
      enforcesFormats: true,
      isCostly: false,
    });
    const write = createSentenceWriter(result.grammar, random);
    if (result.unenforced.length === 0) exact++;
    for (let count = 0; count < SENTENCES; count++) {
      const text = write(60);
      if (!(await matcher.matches(result.grammar, text)))
        faults.push(`unmatched: ${text} of ${JSON.stringify(schema)}`);
      const fault = check(JSON.parse(text));
      if (result.unenforced.length === 0 && fault !== null)
        faults.push(`${fault}: ${text} against ${JSON.stringify(schema)}`);
    }
  }
  expect(faults).toEqual([]);
  // The test means nothing if nearly all are refused or left open.
  expect(compiled / SCHEMAS).toBeGreaterThan(0.3);
  expect(exact / compiled).toBeGreaterThan(0.3);
});
