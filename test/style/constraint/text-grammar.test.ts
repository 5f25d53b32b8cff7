import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTextsExpression } from "../../../src/style/constraint/text-grammar.ts";
import { createGrammarMatcher, type GrammarMatcher } from "../../support/grammar-matcher.ts";
import { listTexts } from "./list-texts.ts";

let matcher: GrammarMatcher;
beforeAll(async () => {
  matcher = await createGrammarMatcher();
});
afterAll(() => matcher.dispose());

const ALPHABET = "0123456789.abc-']^\"\\é";

const numbers = fc.uniqueArray(
  fc.oneof(
    fc.nat(40).map(String),
    fc.nat(2_000_000).map(String),
    fc.nat(9999).map((cents) => (cents / 100).toFixed(2)),
  ),
  { minLength: 1, maxLength: 60 },
);

const words = fc.uniqueArray(fc.stringMatching(/^[a-c\-'\]^"\\é]{1,4}$/), { minLength: 1, maxLength: 40 });

it("matches exactly the texts it is made of", () => {
  fc.assert(
    fc.property(fc.oneof(numbers, words), (texts) => {
      const grammar = `root ::= ${createTextsExpression(texts)}`;
      expect(listTexts(grammar, "root", ALPHABET).sort()).toEqual([...texts].sort());
    }),
  );
});

it("means the same to llama.cpp", async () => {
  const texts = ["9", "12", "120", "125", "130", "12.50", "1300", "2000", "a-b", "a'b", "a]b", "a^b", "aéb"];
  const grammar = `root ::= ${createTextsExpression(texts)}`;
  const candidates = [...texts, "1", "13", "12.5", "135", "99", "", "20000", "12.", "012", "ab", "a", "aab"];
  const matched: string[] = [];
  for (const text of candidates) if (await matcher.matches(grammar, text)) matched.push(text);
  expect(matched).toEqual(texts);
});

it("writes digits with the same continuations once", () => {
  const between = (low: number, high: number) =>
    Array.from({ length: high - low + 1 }, (_, index) => String(low + index));
  expect(createTextsExpression(between(20, 34))).toBe('("2" [0-9] | "3" [0-4])');
  expect(createTextsExpression(["100", "110", "120", "130"])).toBe('"1" [0-3] "0"');
  expect(createTextsExpression(["140", "145"])).toBe('"14" [05]');
  expect(createTextsExpression(["75"])).toBe('"75"');
});
