import { afterAll, beforeAll, expect, it } from "vitest";
import { createGrammarMatcher, type GrammarMatcher } from "../support/grammar-matcher.ts";
import { judgeRandomSchemas } from "../support/judge-random-schemas.ts";

const COUNT = 150;

let matcher: GrammarMatcher;
beforeAll(async () => {
  matcher = await createGrammarMatcher();
});
afterAll(() => matcher.dispose());

it(`${COUNT} random schemas compile or are refused, and what their grammars write holds to them`, {
  timeout: 600_000,
}, async () => {
  const { faults, compiled, exact } = await judgeRandomSchemas(matcher, { count: COUNT, seed: 20_240_607 });
  expect(faults).toEqual([]);
  // It would mean little if nearly all were refused or left open.
  expect(compiled / COUNT).toBeGreaterThan(0.3);
  expect(exact / compiled).toBeGreaterThan(0.3);
});
