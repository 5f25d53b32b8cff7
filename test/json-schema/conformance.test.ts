import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGrammarMatcher, type GrammarMatcher } from "../support/grammar-matcher.ts";
import { DRAFTS, hasSuite, readSuite } from "../support/json-schema-suite.ts";
import { measureConformance } from "../support/measure-conformance.ts";

const HOW_TO_GET_IT = "the public test suite is missing: run scripts/fetch-json-schema-suite.sh";
if (!hasSuite()) console.warn(`\nSkipped: ${HOW_TO_GET_IT}\n`);

it.runIf(process.env.CI === "true")("the public test suite is there in CI", () => {
  expect(hasSuite(), HOW_TO_GET_IT).toBe(true);
});

describe.skipIf(!hasSuite())("the public JSON-Schema-Test-Suite", () => {
  let matcher: GrammarMatcher;
  beforeAll(async () => {
    matcher = await createGrammarMatcher();
  });
  afterAll(() => matcher.dispose());

  it.each(DRAFTS)("%s is decided right by grammar and validation, in each required case", async (draft) => {
    const cases = readSuite(draft);
    expect(cases.length).toBeGreaterThan(800);
    const result = await measureConformance(matcher, cases, { objects: "open", formats: "annotate" });
    expect(result.overRejected).toEqual([]);
    expect(result.wrong).toEqual([]);
    // What the grammar lets through beyond the schema is always announced.
    expect(result.silent).toEqual([]);
    expect(result.overAccepted.length / cases.length).toBeLessThan(0.03);
    expect(result.hangs).toBe(0);
  });

  it.each(DRAFTS)(
    "%s under the closed policy is at worst decided too strictly, and never too loosely unannounced",
    async (draft) => {
      const result = await measureConformance(matcher, readSuite(draft), { formats: "annotate" });
      expect(result.silent).toEqual([]);
      expect(result.hangs).toBe(0);
    },
  );
});
