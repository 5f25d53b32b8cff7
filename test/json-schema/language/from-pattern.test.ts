import { describe, expect, it } from "vitest";
import { LanguageLimitError, withinLimits } from "../../../src/json-schema/language/language-limit-error.ts";
import { RegularLanguage } from "../../../src/json-schema/language/regular-language.ts";
import { sampleText } from "../../support/language-sample.ts";
import { createRandom } from "../../support/random.ts";

const patterns = [
  "",
  "a",
  "^a",
  "a$",
  "^a$",
  "^$",
  "^a|b$",
  "^(?:a|b)$",
  "^(?<year>[0-9]{2})-(ab|cd)?$",
  "^[a-c]{2,4}$",
  "^[^a-c]+$",
  "^[\\w.-]+@[\\w-]+\\.[a-z]{2,}$",
  "^\\d{3}-\\d{2}$",
  "^\\S+( \\S+)*$",
  "^\\s*\\W\\D$",
  "^.$",
  "^.*$",
  "^[\\s\\S]*$",
  "^a*?b+?c??$",
  "^(a+)+$",
  "(a|a)*b",
  "^(a|ab)(c|bcd)(d*)$",
  "a{2}",
  "^a{0}$",
  "^a{2,}$",
  "^(?:)$",
  "^(a*)*$",
  "^(?:a|)*b$",
  "^(?=.*[A-Z])(?=.*\\d).{2,6}$",
  "^(?!a)[a-c]+$",
  "^(?!.*aa)[abc]*$",
  "^(?:(?!ab).)*$",
  "^(?:a(?=b)|b(?=a|$))*$",
  "^(?=(?!b).)(?!(?=a)ab)",
  "a(?!b)",
  "a(?=b)",
  "(?=a)",
  "(?!a)",
  "(?=$)a|^b(?=\\b)",
  "\\bab\\b",
  "a\\b",
  "a\\Bb",
  "^\\b",
  "\\b-\\b",
  "^(?:\\ba|b\\b|-)*$",
  "(?=\\b-)",
  "a^b",
  "a$b",
  "(^|-)a($|-)",
  "^^a$$",
  "(?:^a)*b",
  "^\\x61\\u0062\\u{63}$",
  "^[\\u{1F600}-\\u{1F64F}]$",
  "^\\ud83d\\ude00$",
  "^😀{2}$",
  "^\\p{L}+$",
  "^\\p{Lu}\\P{L}*$",
  "^[\\p{N}_]+$",
  "^\\p{Script=Greek}$",
  "^[^\\p{L}]$",
  "^[\\t\\n\\cA\\0]$",
  "^[\\b]$",
  "^[]$",
  "^[^]$",
  "^[-a]$",
  "^[a-]$",
  "^[\\]\\\\^]$",
  '^"\\\\$',
  "^\\/\\.\\*$",
  // Valid only without the u flag.
  "^a\\-b$",
  "^a{,2}$",
  "^{a}$",
  "^[\\w-.]$",
];

/** Characters that the patterns care about, so that random texts come near them. */
const alphabet = [...'aaabbbccdAZ019_-.@ \t\n"\\{}^]/*é😀😀λ١,'];

function createTexts(language: RegularLanguage | undefined, seed: number): string[] {
  const random = createRandom(seed);
  const pick = () => alphabet[Math.floor(random() * alphabet.length)] ?? "";
  const texts = ["", "\u0000", "\u0001", "\b", "\u2028"];
  for (let count = 0; count < 300; count++) {
    texts.push(Array.from({ length: Math.floor(random() * 8) }, pick).join(""));
  }
  if (language === undefined || language.isEmpty()) return texts;
  for (let count = 0; count < 100; count++) {
    const text = sampleText(language, random);
    const place = Math.floor(random() * (text.length + 1));
    texts.push(
      text,
      `${text}${pick()}`,
      `${pick()}${text}`,
      `${text.slice(0, place)}${pick()}${text.slice(place)}`,
    );
  }
  return texts.filter((text) => text.isWellFormed());
}

function createRegExp(source: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch {
    return new RegExp(source);
  }
}

describe("RegularLanguage.fromPattern", () => {
  it.each(patterns)("holds what a regular expression finds: %s", (source) => {
    const language = RegularLanguage.fromPattern(source);
    const regExp = createRegExp(source);
    const wrong = createTexts(language, 7).filter((text) => language?.includes(text) !== regExp.test(text));
    expect(wrong).toEqual([]);
  });

  it.each(["(?<=a)b", "(?<!a)b", "(a)\\1", "(?<x>a)\\k<x>", "(?i:a)", "\\p{Script=Tangut}"])(
    "does not pretend to read %s",
    (source) => expect(RegularLanguage.fromPattern(source)).toBeUndefined(),
  );

  it.each(["(", "[z-a]", "a**", "\\", "(?<a>x)(?<a>y)"])("says that %s is no pattern", (source) => {
    expect(() => RegularLanguage.fromPattern(source)).toThrow(SyntaxError);
  });

  it.each([
    ["a repetition of a repetition", "^(?:x{1000}){1000}$"],
    ["an exponential automaton", "(a|b)*a(a|b){14}"],
    ["nested ambiguous repetition", "^(.{0,90}){0,90}$"],
    ["billions", "^(?:a{0,1000000000}){1000000000}$"],
    ["a billion lookaheads", `^${"(?=".repeat(40)}${".*a.{20}".repeat(40)}${")".repeat(40)}`],
    [
      "many distinct classes",
      Array.from({ length: 6000 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join("|"),
    ],
  ])("refuses %s before it costs much", (_name, source) => {
    const started = process.cpuUsage();
    expect(() => RegularLanguage.fromPattern(source)).toThrow(LanguageLimitError);
    // Without its limits each of these takes minutes, or all memory.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(5000);
  });

  it.each([
    ["evil for a backtracking engine", "^(a+)+$"],
    ["a class of 60 KB", `^[${"a-z0".repeat(15_000)}]+$`],
    [
      "a hundred alternatives that overlap",
      `^(?:${Array.from({ length: 100 }, (_, n) => `a*b{${n}}`).join("|")})$`,
    ],
    ["nothing, a billion times", "^(?:){1000000000}$"],
  ])("takes %s", (_name, source) => {
    expect(withinLimits(() => RegularLanguage.fromPattern(source))).toBeInstanceOf(RegularLanguage);
  });

  it("gives up on groups that nest too deep", () => {
    expect(RegularLanguage.fromPattern(`${"(".repeat(5000)}a${")".repeat(5000)}`)).toBeUndefined();
  });
});
