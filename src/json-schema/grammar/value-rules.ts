import { JsonSchemaLimitError } from "../json-schema-error.ts";
import type { NumberLanguages } from "../language/number-language.ts";
import type { RegularLanguage } from "../language/regular-language.ts";
import { ALL_TYPES, type Branch, NUMBER_BITS, TYPE_BITS } from "../logic/branch.ts";
import type { Expander } from "../logic/expand.ts";
import { type Goal, isOpenGoal } from "../logic/goal.ts";
import { addArrayRules } from "./array-rule.ts";
import { createEmptiness } from "./emptiness.ts";
import type { GrammarContext } from "./grammar-context.ts";
import { createLiteral, type GrammarRules } from "./grammar-rules.ts";
import { addArray, addNull, addObject, addValue } from "./json-rules.ts";
import { addLanguageString } from "./language-rule.ts";
import { addNumberRules } from "./number-branches.ts";
import { addObjectRules } from "./object-rule.ts";
import { nameOpen } from "./object-shape.ts";
import { createPreciseNumbers } from "./precise-numbers.ts";
import type { StringLanguages } from "./string-languages.ts";

export interface ValueRulesOptions {
  readonly expander: Expander;
  readonly rules: GrammarRules;
  readonly languages: StringLanguages;
  readonly numbers: NumberLanguages;
  readonly isClosing: boolean;
  /** Keys of goals that nothing could be written for; new ones are added, what was written is of no use then. */
  readonly foundEmpty: Set<string>;
  readonly unenforced: Set<string>;
  readonly closed: Set<string>;
}

/** Goals met in one document; each becomes one rule. */
const MAX_GOALS = 4000;

/** Writes goals as grammar rules: equal goals share one rule, which is also how recursion ends. */
export function createValueRules(options: ValueRulesOptions): GrammarContext {
  const { expander, rules, languages, numbers, isClosing, foundEmpty, unenforced, closed } = options;
  const { isEmpty, isBranchEmpty } = createEmptiness({
    expand: (goal) => expander.expandGoal(goal),
    languages,
    foundEmpty,
  });
  const names = new Map<string, string>();
  const keys = new Map<string, RegularLanguage | undefined>();
  let precise: RegularLanguage | undefined;
  const texts = new Map<RegularLanguage, string>();

  const context: GrammarContext = {
    rules,
    languages,
    numbers,
    isClosing,
    isEmpty,
    constant: (value) => expander.createConstant(value),
    expand: (goal) => expander.expandGoal(goal).filter((branch) => !isBranchEmpty(branch)),
    keysOf(goal) {
      if (!keys.has(goal.key)) keys.set(goal.key, createKeyLanguage(context, goal));
      return keys.get(goal.key);
    },
    preciseNumbers() {
      precise ??= createPreciseNumbers();
      return precise;
    },
    addText(language) {
      const text = texts.get(language) ?? addLanguageString(rules, language);
      texts.set(language, text);
      return text;
    },
    leaveOpen: (pointers) => addAll(unenforced, pointers),
    noteClosed: (pointers) => addAll(closed, pointers),
    add(goal) {
      if (isOpenGoal(goal)) return addValue(rules);
      const known = names.get(goal.key);
      if (known !== undefined) return known;
      if (names.size >= MAX_GOALS) throw new JsonSchemaLimitError("# is too complex to compile");
      const name = rules.reserve(hintOf(goal));
      names.set(goal.key, name);
      const body = createBody(context, goal);
      if (body === "") foundEmpty.add(goal.key);
      rules.define(name, body);
      return name;
    },
  };
  return context;
}

function createKeyLanguage(context: GrammarContext, goal: Goal): RegularLanguage | undefined {
  let all: RegularLanguage | undefined;
  for (const branch of context.expand(goal)) {
    const strings = context.languages.ofBranch(branch);
    if (strings === undefined) continue;
    if (strings.left.length > 0) context.leaveOpen(nameOpen(branch, "propertyNames"));
    all = all === undefined ? strings.language : context.languages.union(all, strings.language);
  }
  return all;
}

/** Nothing when it turns out that no value meets the goal. */
function createBody(context: GrammarContext, goal: Goal): string {
  const { rules } = context;
  const branches = context.expand(goal).map((branch) => narrow(context, branch));
  for (const branch of branches) context.leaveOpen(branch.open);
  if (branches.some(isAnything)) return addValue(rules);
  const has = (bits: number) => branches.filter((branch) => branch.types & bits);
  const alternatives = [
    ...addObjects(context, has(TYPE_BITS.object)),
    ...addArrays(context, has(TYPE_BITS.array)),
    ...addStrings(context, has(TYPE_BITS.string)),
    ...addNumberRules(context, has(NUMBER_BITS)),
    ...listBooleans(has(TYPE_BITS.boolean)),
    ...(has(TYPE_BITS.null).length > 0 ? [addNull(rules)] : []),
  ];
  return alternatives.join(" | ");
}

/** Where no schema names a type, by default the value is of a type that the keywords are about. */
function narrow(context: GrammarContext, branch: Branch): Branch {
  const types = branch.types & branch.hintedTypes;
  if (!context.isClosing || branch.isTyped || types === 0 || types === branch.types) return branch;
  context.noteClosed(branch.closable);
  return { ...branch, types };
}

function isAnything(branch: Branch): boolean {
  return (
    branch.types === ALL_TYPES &&
    branch.allowed === undefined &&
    branch.excluded.size === 0 &&
    branch.number.length === 0 &&
    branch.string.length === 0 &&
    isAnyArray(branch) &&
    isAnyObject(branch)
  );
}

function isAnyArray({ array }: Branch): boolean {
  const { prefix, rest, least, most, contains, isUnique } = array;
  const isBounded = least > 0 || most !== Number.POSITIVE_INFINITY || contains.length > 0 || isUnique;
  return (
    !isBounded &&
    [...prefix, rest].every((literals) => literals.every(({ node, sign }) => node.schema === sign))
  );
}

function isAnyObject({ object, declaresProperties }: Branch): boolean {
  const { rules, keyLiterals, required, least, most, some } = object;
  const isBounded = least > 0 || most !== Number.POSITIVE_INFINITY || required.length > 0 || some.length > 0;
  return !isBounded && !declaresProperties && rules.length === 0 && keyLiterals.length === 0;
}

function addObjects(context: GrammarContext, branches: readonly Branch[]): readonly string[] {
  if (branches.some(isAnyObject)) return [addObject(context.rules)];
  return branches.length === 0 ? [] : addObjectRules(context, branches);
}

function addArrays(context: GrammarContext, branches: readonly Branch[]): readonly string[] {
  if (branches.some(isAnyArray)) return [addArray(context.rules)];
  return branches.length === 0 ? [] : addArrayRules(context, branches);
}

/** All strings of all branches as one language: no text is reached in two ways. */
function addStrings(
  { languages, addText, leaveOpen }: GrammarContext,
  branches: readonly Branch[],
): readonly string[] {
  let all: RegularLanguage | undefined;
  for (const branch of branches) {
    const strings = languages.ofBranch(branch);
    if (strings === undefined) continue;
    leaveOpen(strings.left.flatMap((keyword) => nameOpen(branch, keyword)));
    all = all === undefined ? strings.language : languages.union(all, strings.language);
  }
  return all === undefined ? [] : [addText(all)];
}

function listBooleans(branches: readonly Branch[]): readonly string[] {
  return ["true", "false"]
    .filter((text) =>
      branches.some(({ allowed, excluded }) => (allowed?.has(text) ?? true) && !excluded.has(text)),
    )
    .map(createLiteral);
}

function hintOf({ literals }: Goal): string {
  return literals[0]?.node.path.split("/").at(-1)?.replace("#", "start") || "value";
}

function addAll(set: Set<string>, pointers: readonly string[]): void {
  for (const pointer of pointers) set.add(pointer);
}
