import { describe, expect, it } from "vitest";
import {
  createNumberLanguages,
  type NumberConstraints,
} from "../../../src/json-schema/language/number-language.ts";
import { sampleText } from "../../support/language-sample.ts";
import { createRandom } from "../../support/random.ts";

type Kind = NumberConstraints["kind"];
type Keywords = Readonly<Record<string, number>>;

function createLanguage(kind: Kind, keywords: Keywords, more: Partial<NumberConstraints> = {}) {
  const assertions = Object.entries(keywords).map(([keyword, value]) => ({ keyword, value, sign: true }));
  return createNumberLanguages()({ kind, assertions, ...more });
}

const SCALE = 10n ** 30n;

/** Exact: the value of a plain decimal text in units of 10^-30. */
function readUnits(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const units = BigInt(whole) * SCALE + BigInt(fraction.padEnd(30, "0"));
  return text.startsWith("-") ? -units : units;
}

function meets(text: string, keywords: Keywords): boolean {
  const value = readUnits(text);
  return Object.entries(keywords).every(([keyword, number]) => {
    const bound = readUnits(toPlain(number));
    if (keyword === "minimum") return value >= bound;
    if (keyword === "maximum") return value <= bound;
    if (keyword === "exclusiveMinimum") return value > bound;
    if (keyword === "exclusiveMaximum") return value < bound;
    return value % bound === 0n;
  });
}

function toPlain(number: number): string {
  const text = String(number);
  return text.includes("e") ? number.toFixed(20) : text;
}

function isOfKind(text: string, kind: Kind): boolean {
  const isWhole = readUnits(text) % SCALE === 0n;
  if (kind === "fraction") return !isWhole;
  return kind === "number" || (isWhole && !text.includes("."));
}

/** Numbers near the bounds, with digits added, taken away and changed. */
function createTexts(keywords: Keywords, random: () => number): string[] {
  const seeds = [...Object.values(keywords).map(toPlain), "0", "1", "-1", "10", "0.5"];
  const neighbours = seeds.flatMap((seed) => [
    ...Array.from(seed, (_digit, index) => seed.slice(0, index + 1)),
    ...["0", "1", "9", ".0", ".00", ".1", "00", "01"].map((end) => `${seed}${end}`),
  ]);
  const shifted = Array.from({ length: 400 }, () => {
    const seed = seeds[Math.floor(random() * seeds.length)] ?? "0";
    const scaled = Math.round(Number(seed) * 1000 + (random() - 0.5) * 10 ** Math.floor(random() * 8));
    const digits = String(Math.abs(scaled)).padStart(4, "0");
    const magnitude = `${digits.slice(0, -3)}.${digits.slice(-3)}`;
    const short = [magnitude, magnitude.replace(/0+$/, ""), magnitude.replace(/\..*$/, "")][
      Math.floor(random() * 3)
    ];
    return `${scaled < 0 ? "-" : ""}${(short ?? "").replace(/\.$/, "")}`;
  });
  return [...neighbours, ...shifted];
}

const isWritable = (text: string) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) && !/^-0(?:\.0*)?$/.test(text);

const cases: readonly [Kind, Keywords][] = [
  ["integer", {}],
  ["number", {}],
  ["fraction", {}],
  ["integer", { minimum: 0, maximum: 10 }],
  ["integer", { minimum: -5, maximum: 5 }],
  ["integer", { minimum: 18, exclusiveMaximum: 120 }],
  ["integer", { exclusiveMinimum: -20, maximum: -3 }],
  ["integer", { minimum: 100, maximum: 100 }],
  ["integer", { minimum: -1000, maximum: 99 }],
  ["integer", { minimum: 3 }],
  ["integer", { maximum: 7 }],
  ["integer", { minimum: 1.5, exclusiveMaximum: 4.5 }],
  ["integer", { minimum: 9_007_199_254_740_992 }],
  ["integer", { multipleOf: 7, minimum: -100, maximum: 1000 }],
  ["integer", { multipleOf: 12 }],
  ["integer", { multipleOf: 97 }],
  ["integer", { multipleOf: 1000, minimum: 1 }],
  ["integer", { multipleOf: 0.5 }],
  ["integer", { multipleOf: 1.5, minimum: 0 }],
  ["number", { minimum: 0, maximum: 1 }],
  ["number", { exclusiveMinimum: 0, exclusiveMaximum: 1 }],
  ["number", { minimum: -3.25, exclusiveMaximum: 10.5 }],
  ["number", { exclusiveMinimum: 1.1, maximum: 3 }],
  ["number", { minimum: -0.075, maximum: -0.0201 }],
  ["number", { minimum: 19.99, maximum: 20.01 }],
  ["number", { minimum: 0.000001 }],
  ["number", { exclusiveMaximum: -1 }],
  ["number", { minimum: 0, multipleOf: 0.01 }],
  ["number", { multipleOf: 0.25, maximum: 100 }],
  ["number", { multipleOf: 2.5 }],
  ["number", { multipleOf: 3 }],
  ["fraction", { minimum: 0.5, maximum: 2 }],
  ["fraction", { multipleOf: 0.5 }],
];

describe("createNumberLanguages", () => {
  it.each(cases)("holds each %s with %o and no other", (kind, keywords) => {
    const { language, left } = createLanguage(kind, keywords);
    expect(left).toEqual([]);
    const random = createRandom(5);
    const samples = Array.from({ length: 100 }, () => sampleText(language, random, 4));
    const texts = [...new Set([...createTexts(keywords, random), ...samples])];
    // Decimal places past those of the step can only be zeros, which are not written.
    const isCanonical = (text: string) => keywords.multipleOf === undefined || !/\.(?:\d*0)?$/.test(text);
    const wrong = texts.filter((text) => {
      const isWanted = isWritable(text) && isOfKind(text, kind) && meets(text, keywords);
      return language.includes(text) ? !isWanted : isWanted && isCanonical(text);
    });
    expect(wrong).toEqual([]);
    for (const sample of samples) expect(sample).toSatisfy(isWritable);
  });

  it("turns a negated assertion round", () => {
    const negated = (keyword: string, value: number) =>
      createNumberLanguages()({ kind: "integer", assertions: [{ keyword, value, sign: false }] }).language;
    const list = (keyword: string, value: number) =>
      [-4, -3, -2, -1, 0, 1, 2, 3, 4].filter((number) => negated(keyword, value).includes(String(number)));
    expect(list("minimum", 2)).toEqual([-4, -3, -2, -1, 0, 1]);
    expect(list("exclusiveMaximum", 2)).toEqual([2, 3, 4]);
    expect(list("multipleOf", 3)).toEqual([-4, -2, -1, 1, 2, 4]);
  });

  it("leaves out values that are excluded, however they are written", () => {
    const { language } = createLanguage("number", { minimum: -2, maximum: 2 }, { excluded: [1, -0.5, 0] });
    for (const text of ["1", "1.0", "-0.5", "-0.500", "0", "0.0"])
      expect(language.includes(text)).toBe(false);
    for (const text of ["1.01", "-1", "0.5", "-0.51", "2.000"]) expect(language.includes(text)).toBe(true);
  });

  it("names what no automaton can hold", () => {
    expect(createLanguage("number", { multipleOf: 0.123456789 }).left).toEqual(["multipleOf"]);
    expect(createLanguage("integer", { multipleOf: 99_991, minimum: 0 }).left).toEqual(["multipleOf"]);
    expect(createLanguage("number", { minimum: 1e300 }).left).toEqual(["minimum"]);
    expect(createLanguage("number", { minimum: 1e-300, maximum: 1 }).left).toEqual(["minimum"]);
  });

  it("takes bounds beyond all digits as no bounds", () => {
    const { language, left } = createLanguage("number", { minimum: -1e300, maximum: 1e300 });
    expect(left).toEqual([]);
    expect(language.includes("-12345678901234567890.5")).toBe(true);
  });

  it("finds that no number is left", () => {
    expect(createLanguage("integer", { minimum: 3, maximum: 2 }).language.isEmpty()).toBe(true);
    expect(createLanguage("integer", { minimum: 1, maximum: 6, multipleOf: 7 }).language.isEmpty()).toBe(
      true,
    );
    expect(createLanguage("fraction", { multipleOf: 2 }).language.isEmpty()).toBe(true);
    expect(createLanguage("number", { exclusiveMinimum: 1, exclusiveMaximum: 1 }).language.isEmpty()).toBe(
      true,
    );
  });

  it("works equal constraints out once", () => {
    const languages = createNumberLanguages();
    const constraints = {
      kind: "integer",
      assertions: [{ keyword: "minimum", value: 4, sign: true }],
    } as const;
    expect(languages(constraints)).toBe(languages({ ...constraints }));
  });
});
