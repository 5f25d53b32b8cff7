import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LanguageLimitError, withinLimits } from "../../../src/json-schema/language/language-limit-error.ts";
import { RegularLanguage } from "../../../src/json-schema/language/regular-language.ts";

const text = fc.string({ unit: fc.constantFrom(...'aab"é😀'), maxLength: 6 });
const source = fc
  .tuple(
    fc.constantFrom("", "^"),
    fc.array(fc.constantFrom("a", "b", "[^a]", "(?:ab|b)*", "a?", ".{2}", "😀", "(?!a)", "\\b"), {
      maxLength: 4,
    }),
    fc.constantFrom("", "$"),
  )
  .map(([start, parts, end]) => `${start}${parts.join("")}${end}`);
const language = fc.oneof(
  source.map((pattern) => RegularLanguage.fromPattern(pattern) ?? RegularLanguage.any()),
  fc.tuple(fc.nat(3), fc.nat(4)).map(([least, more]) => RegularLanguage.fromLengths(least, least + more)),
  fc.array(text, { maxLength: 4 }).map((words) => RegularLanguage.fromWords(words)),
);
const options = { seed: 11, numRuns: 400 };

describe("RegularLanguage", () => {
  it("intersects, unites and complements as sets do", () => {
    fc.assert(
      fc.property(language, language, text, (left, right, word) => {
        const [inLeft, inRight] = [left.includes(word), right.includes(word)];
        expect(left.intersect(right).includes(word)).toBe(inLeft && inRight);
        expect(left.union(right).includes(word)).toBe(inLeft || inRight);
        expect(left.complement().includes(word)).toBe(!inLeft);
      }),
      options,
    );
  });

  it("has one automaton for equal languages", () => {
    fc.assert(
      fc.property(language, language, (left, right) => {
        const either = left.union(right);
        const dual = left.complement().intersect(right.complement()).complement();
        expect(dual.automaton).toEqual(either.automaton);
        expect(left.complement().complement().automaton).toEqual(left.union(left).automaton);
      }),
      options,
    );
  });

  it("knows subsets, emptiness and everything", () => {
    fc.assert(
      fc.property(language, language, (left, right) => {
        expect(left.intersect(right).isSubsetOf(left)).toBe(true);
        expect(left.intersect(left.complement()).isEmpty()).toBe(true);
        expect(left.union(left.complement()).isAny()).toBe(true);
        expect(left.isSubsetOf(right)).toBe(left.union(right).isSubsetOf(right));
      }),
      options,
    );
  });

  it("counts lengths in code points", () => {
    fc.assert(
      fc.property(text, fc.nat(4), fc.nat(4), (word, least, more) => {
        const { length } = [...word];
        const lengths = RegularLanguage.fromLengths(least, least + more);
        expect(lengths.includes(word)).toBe(length >= least && length <= least + more);
      }),
      options,
    );
  });

  it("holds exactly the words it was made of", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), text, (words, word) => {
        expect(RegularLanguage.fromWords(words).includes(word)).toBe(words.includes(word));
      }),
      options,
    );
  });

  it("has nothing between lengths that contradict each other", () => {
    expect(RegularLanguage.fromLengths(3, 2).isEmpty()).toBe(true);
    expect(RegularLanguage.fromLengths(3).intersect(RegularLanguage.fromLengths(0, 2)).isEmpty()).toBe(true);
  });

  it("does not hold halves of characters, which JSON cannot carry", () => {
    expect(RegularLanguage.any().includes("\ud800")).toBe(false);
    expect(RegularLanguage.fromWords(["\ud800"]).isEmpty()).toBe(true);
  });

  it.each([
    ["a length of billions", () => RegularLanguage.fromLengths(0, 4_000_000_000)],
    ["a product of long lengths", () => multiply(1999, 1999)],
    ["words beyond measure", () => RegularLanguage.fromWords(["ab".repeat(50_000)])],
  ])("refuses %s", (_name, create) => {
    expect(create).toThrow(LanguageLimitError);
    expect(withinLimits(create)).toBeUndefined();
  });
});

function multiply(left: number, right: number): RegularLanguage {
  const every = (count: number) => RegularLanguage.fromPattern(`^(?:.{${count}})*$`) ?? RegularLanguage.any();
  return every(left).intersect(every(right - 2));
}
