import { afterAll, beforeAll, expect, it } from "vitest";
import { createGrammarMatcher, type GrammarMatcher } from "./grammar-matcher.ts";
import { judgeRandomSchemas } from "./judge-random-schemas.ts";

/** The same test for a few schemas in every run and for many in the long one. */
export function testRandomSchemas({ count, seed }: { readonly count: number; readonly seed: number }): void {
  let matcher: GrammarMatcher;
  beforeAll(async () => {
    matcher = await createGrammarMatcher();
  });
  afterAll(() => matcher.dispose());

  it(`${count} random schemas compile or are refused, and what their grammars write holds to them`, {
    timeout: 600_000,
  }, async () => {
    const { faults, compiled, exact } = await judgeRandomSchemas(matcher, { count, seed });
    expect(faults).toEqual([]);
    // It would mean little if nearly all were refused or left open.
    expect(compiled / count).toBeGreaterThan(0.3);
    expect(exact / compiled).toBeGreaterThan(0.3);
  });
}
