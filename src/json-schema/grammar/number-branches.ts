import { withinLimits } from "../language/language-limit-error.ts";
import type { NumberConstraints } from "../language/number-language.ts";
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
  const strict = listStrict(branch, kind).filter((keyword) => !constrained.left.includes(keyword));
  const limited = strict.length === 0 ? constrained.language : limitDigits(context, constrained.language);
  if (limited === undefined) context.leaveOpen(strict.flatMap((keyword) => nameOpen(branch, keyword)));
  return limited ?? constrained.language;
}

/** Keywords that a number meets as it is written and may break as it is read: of many digits only some are read. */
function listStrict({ number, excluded }: Branch, kind: NumberKind): readonly string[] {
  const isApart = (value: unknown) => typeof value === "number" && isReadApart(value, kind);
  const asserted = number.filter(({ keyword, value, sign }) => {
    if (keyword === "multipleOf") return true;
    const isIncluded = (keyword === "minimum" || keyword === "maximum") === sign;
    return !isIncluded && !isApart(value);
  });
  const barred = [...excluded.values()].filter((value) => typeof value === "number" && !isApart(value));
  return [
    ...(kind === "fraction" ? ["type"] : []),
    ...asserted.map(({ keyword }) => keyword),
    ...barred.map(() => "enum"),
  ];
}

/** Whether no other number that can be written is read as this one. */
function isReadApart(value: number, kind: NumberKind): boolean {
  return value === 0 || (kind === "integer" && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
}

/** Undefined when the digits cannot be limited, or nothing would be left. */
function limitDigits(
  { preciseNumbers }: GrammarContext,
  language: RegularLanguage,
): RegularLanguage | undefined {
  const limited = withinLimits(() => language.intersect(preciseNumbers()));
  return limited?.isEmpty() && !language.isEmpty() ? undefined : limited;
}

type NumberKind = NumberConstraints["kind"];

function kindOf(branch: Branch): NumberKind {
  const kinds = branch.types & NUMBER_BITS;
  if (kinds === NUMBER_BITS) return "number";
  return kinds === TYPE_BITS.integer ? "integer" : "fraction";
}
