import { withinLimits } from "../language/language-limit-error.ts";
import { RegularLanguage } from "../language/regular-language.ts";
import { type Branch, NUMBER_BITS, TYPE_BITS } from "../logic/branch.ts";
import type { GrammarContext } from "./grammar-context.ts";
import { addInteger, addNumber } from "./json-rules.ts";
import { addLanguageText } from "./language-rule.ts";
import { nameOpen } from "./object-shape.ts";

/** Rules for the numbers of all branches of a goal, as one language where they are bounded: no text in two ways. */
export function addNumberRules(context: GrammarContext, branches: readonly Branch[]): readonly string[] {
  const { rules } = context;
  const names = new Set<string>();
  let bounded: RegularLanguage | undefined;
  for (const branch of branches) {
    const language = createBranchLanguage(context, branch);
    if (language === undefined) {
      names.add(kindOf(branch) === "integer" ? addInteger(rules) : addNumber(rules));
      continue;
    }
    const both = bounded === undefined ? language : joinLanguages(bounded, language);
    if (both === undefined) names.add(addLanguageText(rules, language));
    else bounded = both;
  }
  if (bounded !== undefined && !bounded.isEmpty()) names.add(addLanguageText(rules, bounded));
  return names.has("number") ? ["number"] : [...names];
}

function joinLanguages(left: RegularLanguage, right: RegularLanguage): RegularLanguage | undefined {
  return withinLimits(() => left.union(right));
}

/** Undefined when any number of its kind will do, which may then be written with an exponent. */
function createBranchLanguage(context: GrammarContext, branch: Branch): RegularLanguage | undefined {
  if (branch.allowed !== undefined) {
    return RegularLanguage.fromWords(
      [...branch.allowed].filter(([, value]) => typeof value === "number").map(([text]) => text),
    );
  }
  const kind = kindOf(branch);
  const excluded = [...branch.excluded.values()].filter((value) => typeof value === "number");
  if (kind !== "fraction" && branch.number.length + excluded.length === 0) return undefined;
  const constrained = context.numbers({ kind, assertions: branch.number, excluded });
  context.leaveOpen(constrained.left.flatMap((keyword) => nameOpen(branch, keyword)));
  const keywords = [...branch.number.map(({ keyword }) => keyword), ...excluded.map(() => "enum")];
  const isFree = kind !== "fraction" && keywords.every((keyword) => constrained.left.includes(keyword));
  if (isFree) return undefined;
  const isCounting = branch.number.some(
    ({ keyword }) => keyword === "multipleOf" && !constrained.left.includes(keyword),
  );
  return isCounting ? limitDigits(context, constrained.language) : constrained.language;
}

function limitDigits({ preciseNumbers }: GrammarContext, language: RegularLanguage): RegularLanguage {
  return withinLimits(() => language.intersect(preciseNumbers())) ?? language;
}

function kindOf(branch: Branch): "integer" | "fraction" | "number" {
  const kinds = branch.types & NUMBER_BITS;
  if (kinds === NUMBER_BITS) return "number";
  return kinds === TYPE_BITS.integer ? "integer" : "fraction";
}
