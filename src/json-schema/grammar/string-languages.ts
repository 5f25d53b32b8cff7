import { JsonSchemaLimitError } from "../json-schema-error.ts";
import { createFormatLanguage } from "../language/format-language.ts";
import { withinLimits } from "../language/language-limit-error.ts";
import { RegularLanguage } from "../language/regular-language.ts";
import { type Assertion, type Branch, TYPE_BITS } from "../logic/branch.ts";

/** The strings that a branch allows; the keywords that are left out of it are named. */
interface StringSet {
  readonly language: RegularLanguage;
  readonly left: readonly string[];
}

export interface StringLanguages {
  readonly any: RegularLanguage;
  /** Undefined when the branch allows no string. */
  ofBranch(branch: Branch): StringSet | undefined;
  /** Keys that match the pattern; undefined when no automaton can tell. */
  ofPattern(pattern: string): RegularLanguage | undefined;
  /** Undefined when they are too many. */
  ofWords(words: readonly string[]): RegularLanguage | undefined;
  /** Falls back to `left` alone when both together are past the limits. */
  intersect(left: RegularLanguage, right: RegularLanguage): RegularLanguage;
  union(left: RegularLanguage, right: RegularLanguage): RegularLanguage;
  without(left: RegularLanguage, right: RegularLanguage): RegularLanguage;
}

/** Automata are costly: each assertion's is built once a schema. */
export function createStringLanguages(): StringLanguages {
  const any = RegularLanguage.any();
  const known = new Map<string, RegularLanguage | undefined>();
  const complements = new Map<RegularLanguage, RegularLanguage | undefined>();

  function remember(key: string, create: () => RegularLanguage | undefined): RegularLanguage | undefined {
    if (!known.has(key)) known.set(key, withinLimits(create));
    return known.get(key);
  }

  function ofWords(words: readonly string[]): RegularLanguage | undefined {
    return remember(`words ${JSON.stringify(words)}`, () => RegularLanguage.fromWords(words));
  }

  function complementOf(language: RegularLanguage): RegularLanguage | undefined {
    if (!complements.has(language))
      complements.set(
        language,
        withinLimits(() => language.complement()),
      );
    return complements.get(language);
  }

  function ofAssertion({ keyword, value, sign }: Assertion): RegularLanguage | undefined {
    const positive = remember(`${keyword} ${JSON.stringify(value)}`, () => createLanguage(keyword, value));
    if (positive === undefined || sign) return positive;
    // A format's language is not all of the format: what lies outside it may be of the format still.
    return keyword === "format" && !positive.isAny() ? undefined : complementOf(positive);
  }

  const intersect = (left: RegularLanguage, right: RegularLanguage) =>
    withinLimits(() => left.intersect(right));

  function ofBranch(branch: Branch): StringSet | undefined {
    if ((branch.types & TYPE_BITS.string) === 0) return undefined;
    const left: string[] = [];
    let language = any;
    const words = [...(branch.allowed?.values() ?? [])].filter((value) => typeof value === "string");
    if (branch.allowed !== undefined) {
      const listed = ofWords(words);
      if (listed === undefined) throw new JsonSchemaLimitError("an enum has too much text to compile");
      language = listed;
    }
    for (const assertion of branch.string) {
      const next = ofAssertion(assertion);
      const both = next && intersect(language, next);
      if (both === undefined) left.push(assertion.keyword);
      else language = both;
    }
    const barred = [...branch.excluded.values()].filter((value) => typeof value === "string");
    if (barred.length > 0) {
      const listed = ofWords(barred);
      const rest = listed && complementOf(listed);
      const both = rest && intersect(language, rest);
      if (both === undefined) left.push("enum");
      else language = both;
    }
    return language.isEmpty() ? undefined : { language, left };
  }

  return {
    any,
    ofBranch,
    ofPattern: (pattern) =>
      remember(`pattern ${JSON.stringify(pattern)}`, () => createLanguage("pattern", pattern)),
    ofWords,
    intersect: (left, right) => intersect(left, right) ?? left,
    union: (left, right) => withinLimits(() => left.union(right)) ?? any,
    without(left, right) {
      const rest = complementOf(right);
      return (rest && intersect(left, rest)) ?? left;
    },
  };
}

function createLanguage(keyword: string, value: unknown): RegularLanguage | undefined {
  switch (keyword) {
    case "minLength":
      return RegularLanguage.fromLengths(Number(value));
    case "maxLength":
      return RegularLanguage.fromLengths(0, Number(value));
    case "pattern":
      return RegularLanguage.fromPattern(String(value));
    default:
      return createFormatLanguage(String(value));
  }
}
