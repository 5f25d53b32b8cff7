import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGrammarRules, type GrammarRules } from "../../../src/json-schema/grammar/grammar-rules.ts";
import { addInteger, addNumber } from "../../../src/json-schema/grammar/json-rules.ts";
import { addLanguageString, addLanguageText } from "../../../src/json-schema/grammar/language-rule.ts";
import { JsonSchemaError } from "../../../src/json-schema/json-schema-error.ts";
import { createFormatLanguage } from "../../../src/json-schema/language/format-language.ts";
import { createNumberLanguages } from "../../../src/json-schema/language/number-language.ts";
import { RegularLanguage } from "../../../src/json-schema/language/regular-language.ts";
import { createGrammarMatcher, type GrammarMatcher } from "../../support/grammar-matcher.ts";
import { sampleText } from "../../support/language-sample.ts";
import { createRandom } from "../../support/random.ts";

let matcher: GrammarMatcher;
beforeAll(async () => {
  matcher = await createGrammarMatcher();
});
afterAll(() => matcher.dispose());

function writeGrammar(add: (rules: GrammarRules) => string): string {
  const rules = createGrammarRules();
  return rules.toText(add(rules));
}

function fromPattern(source: string): RegularLanguage {
  const language = RegularLanguage.fromPattern(source);
  if (language === undefined) throw new Error("not supported");
  return language;
}

const languages: Readonly<Record<string, RegularLanguage>> = {
  "any text": RegularLanguage.any(),
  "no text but the empty one": fromPattern("^$"),
  "texts of 2 to 4 characters": RegularLanguage.fromLengths(2, 4),
  "texts of 3 or more characters": RegularLanguage.fromLengths(3),
  "texts up to 1500 characters": RegularLanguage.fromLengths(0, 1500),
  "all that needs an escape": fromPattern('^["\\\\\\u0000-\\u001f]+$'),
  "all but some escapes": fromPattern('^[^\\n\\u0001\\u0010"a]*$'),
  "a run, then something else": fromPattern("^\\d{4}-[a-f]{0,20}x$"),
  "one after the other or nothing": fromPattern("^(?:a(?:ab{0,3}(?:c(?:de?)?)?)?)?$"),
  "a loop with ways out": fromPattern("^(?:ab|c)*(?:d|ae?)$"),
  "a pattern anywhere": fromPattern("b\\.b"),
  "letters of all scripts": fromPattern("^\\p{Lu}\\p{Ll}{1,9}$"),
  "a pattern within a length": fromPattern("^\\S+( \\S+)*$").intersect(RegularLanguage.fromLengths(3, 9)),
  passwords: fromPattern("^(?=.*[A-Z])(?=.*\\d)(?!.*\\s).{4,12}$"),
  words: RegularLanguage.fromWords(["", "ab", "abc", 'q"\\', "😀", "é\n"]),
  "all but some words": RegularLanguage.fromWords(["", "ab", "abc", 'q"\\', "😀", "\n"]).complement(),
  "a long word": RegularLanguage.fromWords(["abc".repeat(500)]),
  "dates and times": createFormatLanguage("date-time") ?? RegularLanguage.any(),
  addresses: createFormatLanguage("ipv6") ?? RegularLanguage.any(),
};

const characters = [...'aabbcdex.- 019AÉé😀"\\\n\t\u0001\u0010\u001f\u007f\u2028'];

describe("addLanguageString", () => {
  it.each(Object.entries(languages))(
    "writes %s as a grammar that llama.cpp reads alike",
    async (_name, language) => {
      const grammar = writeGrammar((rules) => addLanguageString(rules, language));
      const random = createRandom(17);
      const pick = () => characters[Math.floor(random() * characters.length)] ?? "";
      const texts = new Set(["", "ab", "abc", 'q"\\', "😀"]);
      for (let count = 0; count < 40; count++) {
        const sample = sampleText(language, random);
        const place = Math.floor(random() * (sample.length + 1));
        const changed = `${sample.slice(0, place)}${pick()}${sample.slice(place)}`;
        texts
          .add(sample)
          .add(changed.toWellFormed())
          .add(Array.from({ length: count % 7 }, pick).join(""));
      }
      const wrong: string[] = [];
      for (const text of texts) {
        const isTaken = await matcher.matches(grammar, JSON.stringify(text));
        if (isTaken !== language.includes(text)) wrong.push(text);
      }
      expect(wrong).toEqual([]);
    },
  );

  it("writes a character in one way where it matters which it is", async () => {
    const grammar = writeGrammar((rules) => addLanguageString(rules, fromPattern("^[^a]$")));
    for (const text of ['"b"', String.raw`"\n"`, String.raw`"\u001f"`, String.raw`"\""`]) {
      expect([text, await matcher.matches(grammar, text)]).toEqual([text, true]);
    }
    // Each of these would be an "a" in disguise, or another way to write what has one already.
    for (const text of [String.raw`"\u0061"`, String.raw`"\u000a"`, String.raw`"\/"`, '"\n"', '"a"', '""']) {
      expect([text, await matcher.matches(grammar, text)]).toEqual([text, false]);
    }
  });

  it("keeps grammars small where an automaton is simple", () => {
    const count = (language: RegularLanguage) =>
      writeGrammar((rules) => addLanguageString(rules, language))
        .trim()
        .split("\n").length;
    expect(count(fromPattern("^[a-z]{2,400}$"))).toBeLessThan(6);
    expect(count(RegularLanguage.fromLengths(0, 1000))).toBeLessThan(6);
    expect(count(createFormatLanguage("uuid") ?? RegularLanguage.any())).toBeLessThan(6);
    expect(count(RegularLanguage.fromWords(["abc".repeat(500)]))).toBeLessThan(6);
  });

  it("writes equal languages once", () => {
    const rules = createGrammarRules();
    const first = addLanguageString(rules, fromPattern("^[a-c]{2,3}-x$"));
    expect(addLanguageString(rules, fromPattern("^(?:a|b|c){2}[abc]?-x$"))).toBe(first);
  });

  it("refuses a language without texts", () => {
    const nothing = RegularLanguage.any().complement();
    expect(() => addLanguageString(createGrammarRules(), nothing)).toThrow(JsonSchemaError);
  });
});

describe("numbers", () => {
  it.each([
    ["integer", { minimum: -20, maximum: 305 }],
    ["number", { minimum: -3.25, exclusiveMaximum: 10.5 }],
    ["number", { minimum: 0 }],
    ["integer", { multipleOf: 7 }],
    ["number", { multipleOf: 0.05, minimum: 0, maximum: 20 }],
    ["fraction", { maximum: 2.5 }],
  ] as const)("as %s with %o are read alike by llama.cpp", async (kind, keywords) => {
    const assertions = Object.entries(keywords).map(([keyword, value]) => ({ keyword, value, sign: true }));
    const { language } = createNumberLanguages()({ kind, assertions });
    const grammar = writeGrammar((rules) => addLanguageText(rules, language));
    const random = createRandom(23);
    const texts = new Set(["0", "-0", "00", "01", "1.", "-1", "1.0", "0.5", "-0.0", "1e2", "", "-"]);
    for (let count = 0; count < 60; count++) {
      texts.add(sampleText(language, random, count % 9)).add(((random() - 0.5) * 50).toFixed(count % 4));
    }
    const wrong: string[] = [];
    for (const text of texts) {
      if ((await matcher.matches(grammar, text)) !== language.includes(text)) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  it("without bounds are all that JSON.stringify writes", async () => {
    const grammar = writeGrammar(addNumber);
    const random = createRandom(29);
    const values = [0, -1, 1e21, 1e-7, -1.5e300, 2 ** 64, 0.1 + 0.2, 1 / 3, 123456.789e-20, 1e300];
    for (let count = 0; count < 200; count++)
      values.push((random() - 0.5) * 10 ** Math.floor(random() * 60 - 30));
    for (const value of values) {
      const text = JSON.stringify(value);
      expect([text, await matcher.matches(grammar, text)]).toEqual([text, true]);
    }
    for (const text of ["-0", "-0.0", "01", "1.", ".5", "1e999", "+1", "0x1", "-", "9".repeat(26), "NaN"]) {
      expect([text, await matcher.matches(grammar, text)]).toEqual([text, false]);
    }
  });

  it("without bounds and a fraction have no exponent either", async () => {
    const grammar = writeGrammar(addInteger);
    for (const text of ["0", "-7", "12345678901234567890"]) {
      expect([text, await matcher.matches(grammar, text)]).toEqual([text, true]);
    }
    for (const text of ["-0", "1.0", "1e3", "007"]) {
      expect([text, await matcher.matches(grammar, text)]).toEqual([text, false]);
    }
  });
});
