import type { RegularLanguage } from "../language/regular-language.ts";
import type { Branch, KeyMatcher, KeyRule, SomeRule } from "../logic/branch.ts";
import { createGoal, flip, type Goal, type Literal } from "../logic/goal.ts";
import type { GrammarContext } from "./grammar-context.ts";

/** What a property's value may be, and which of the branch's "some property …" rules such a value satisfies. */
export interface ValueOption {
  readonly goal: Goal;
  readonly satisfied: number;
}

/** Keys that are not declared, alike in all that is asked of them. */
interface OtherKeys {
  readonly language: RegularLanguage;
  readonly options: readonly ValueOption[];
}

/** One branch of an object schema, laid out along a list of names. */
export interface ObjectShape {
  /** By name: what its value may be; empty when the property must not be there. */
  readonly slots: ReadonlyMap<string, readonly ValueOption[]>;
  readonly required: ReadonlySet<string>;
  readonly others: readonly OtherKeys[];
  readonly least: number;
  readonly most: number;
  /** All "some property …" rules, as bits. */
  readonly some: number;
}

const MAX_SOME = 3;
const MAX_PATTERNS = 6;

/** Every name that a branch treats apart from other keys. */
export function listNames(branch: Branch): readonly string[] {
  const { required, rules, some } = branch.object;
  return [...branch.declared, ...required, ...[...rules, ...some].flatMap(({ matcher }) => matcher.names)];
}

/** Undefined when the branch turns out to have no object. */
export function createObjectShape(
  context: GrammarContext,
  branch: Branch,
  names: readonly string[],
): ObjectShape | undefined {
  const reader = createKeyReader(context, branch);
  const required = new Set(branch.object.required);
  const slots = new Map<string, readonly ValueOption[]>();
  for (const name of names) {
    const options = reader.isAllowed(name) ? reader.listOptions(name) : [];
    if (options.length === 0 && required.has(name)) return undefined;
    slots.set(name, options);
  }
  const others = reader.listOtherKeys(names);
  const filled = [...slots.values()].filter((options) => options.length > 0).length;
  const { least, most } = branch.object;
  // A key that comes twice counts once, and its first value not at all: a grammar cannot tell.
  if (others.length > 0 && required.size < least) context.leaveOpen(nameOpen(branch, "minProperties"));
  if (others.length > 0 && reader.someMask > 0) context.leaveOpen(nameOpen(branch, "additionalProperties"));
  return {
    slots,
    required,
    others,
    least: required.size >= least ? 0 : least,
    most: others.length === 0 && filled <= most ? Number.POSITIVE_INFINITY : most,
    some: reader.someMask,
  };
}

function createKeyReader(context: GrammarContext, branch: Branch) {
  const { languages } = context;
  const { object } = branch;
  const declared = new Set([...branch.declared, ...object.required]);
  const patterns = [...new Set([...object.rules, ...object.some].flatMap(({ matcher }) => matcher.patterns))];
  const known = new Map(
    patterns.slice(0, MAX_PATTERNS).map((pattern) => [pattern, languages.ofPattern(pattern)]),
  );
  const isReadable = ({ matcher }: KeyRule) =>
    matcher.patterns.every((pattern) => known.get(pattern) !== undefined);
  const isReadAll = [...object.rules, ...object.some].every(isReadable);
  const isClosed = isReadAll && isClosedHere(context, branch);
  if (isClosed) context.noteClosed(branch.closable);
  if (!isReadAll) context.leaveOpen(nameOpen(branch, "patternProperties"));
  const rules = object.rules.filter(isReadable);
  const some = object.some.filter(isReadable).slice(0, MAX_SOME);
  if (some.length < object.some.length) context.leaveOpen(nameOpen(branch, "additionalProperties"));
  const keyGoal = createGoal(object.keyLiterals);

  const isMeant = ({ names, patterns: sources, isNegated }: KeyMatcher, key: string | readonly string[]) => {
    const isNamed = typeof key === "string" && names.includes(key);
    const isMatched = sources.some((source) =>
      typeof key === "string" ? known.get(source)?.includes(key) : key.includes(source),
    );
    return (isNamed || isMatched) !== isNegated;
  };

  const isKeyMeeting = (literals: readonly Literal[], name: string) => {
    const goal = createGoal(literals);
    return goal.literals.length === 0 || (context.keysOf(goal)?.includes(name) ?? false);
  };

  /** Values split by which of the rules that mean this key they satisfy. */
  function splitOptions(literals: readonly Literal[], meant: readonly SomeRule[]): readonly ValueOption[] {
    let options: readonly ValueOption[] = [{ goal: createGoal(literals), satisfied: 0 }];
    for (const rule of meant) {
      const bit = 1 << some.indexOf(rule);
      const [literal] = rule.literals;
      options = options.flatMap((option) =>
        literal === undefined
          ? [{ ...option, satisfied: option.satisfied | bit }]
          : [
              { goal: createGoal([...option.goal.literals, literal]), satisfied: option.satisfied | bit },
              { goal: createGoal([...option.goal.literals, flip(literal)]), satisfied: option.satisfied },
            ],
      );
    }
    return options.filter(({ goal }) => !context.isEmpty(goal));
  }

  return {
    someMask: (1 << some.length) - 1,
    isAllowed(name: string): boolean {
      if (!isKeyMeeting(object.keyLiterals, name)) return false;
      return !isClosed || declared.has(name) || isPatterned(name);
    },
    listOptions(name: string): readonly ValueOption[] {
      const literals = rules.filter(({ matcher }) => isMeant(matcher, name)).flatMap((rule) => rule.literals);
      const meant = some.filter(
        (rule) => isMeant(rule.matcher, name) && isKeyMeeting(rule.keyLiterals, name),
      );
      return splitOptions(literals, meant);
    },
    listOtherKeys(names: readonly string[]): readonly OtherKeys[] {
      if (isClosed && patterns.length === 0) return [];
      const all = keyGoal.literals.length === 0 ? languages.any : context.keysOf(keyGoal);
      if (all === undefined) return [];
      const declaredKeys = names.length === 0 ? undefined : languages.ofWords(names);
      if (names.length > 0 && declaredKeys === undefined)
        context.leaveOpen(nameOpen(branch, "additionalProperties"));
      const language = declaredKeys === undefined ? all : languages.without(all, declaredKeys);
      return splitKeys(context, { language, sources: readable() }).flatMap(({ language, matched }) => {
        if (isClosed && !rules.some(({ matcher }) => !matcher.isNegated && isMeant(matcher, matched)))
          return [];
        const literals = rules
          .filter(({ matcher }) => isMeant(matcher, matched))
          .flatMap((rule) => rule.literals);
        const meant = some.filter((rule) => isMeant(rule.matcher, matched));
        return splitByKeyRules(context, language, meant).flatMap((part) => {
          const options = splitOptions(literals, part.meant);
          return options.length === 0 ? [] : [{ language: part.language, options }];
        });
      });
    },
  };

  function isPatterned(name: string): boolean {
    return rules.some(
      ({ matcher }) => !matcher.isNegated && matcher.patterns.length > 0 && isMeant(matcher, name),
    );
  }

  function readable() {
    return [...known].flatMap(([source, language]) => (language === undefined ? [] : [{ source, language }]));
  }
}

interface KeyCell {
  readonly language: RegularLanguage;
  readonly matched: readonly string[];
}

/** The keys split by which patterns they match. */
function splitKeys(
  { languages }: GrammarContext,
  keys: { language: RegularLanguage; sources: readonly { source: string; language: RegularLanguage }[] },
): readonly KeyCell[] {
  let cells: readonly KeyCell[] = [{ language: keys.language, matched: [] }];
  for (const { source, language } of keys.sources) {
    cells = cells
      .flatMap((cell) => [
        { language: languages.intersect(cell.language, language), matched: [...cell.matched, source] },
        { language: languages.without(cell.language, language), matched: cell.matched },
      ])
      .filter((cell) => !cell.language.isEmpty());
  }
  return cells.filter((cell) => !cell.language.isEmpty());
}

/** Keys split by which of the rules about keys they meet. */
function splitByKeyRules(context: GrammarContext, language: RegularLanguage, meant: readonly SomeRule[]) {
  let parts: readonly { language: RegularLanguage; meant: readonly SomeRule[] }[] = [{ language, meant: [] }];
  for (const rule of meant) {
    const keys = rule.keyLiterals.length === 0 ? undefined : context.keysOf(createGoal(rule.keyLiterals));
    parts = parts.flatMap((part) => {
      if (rule.keyLiterals.length === 0) return [{ ...part, meant: [...part.meant, rule] }];
      if (keys === undefined) return [part];
      return [
        { language: context.languages.intersect(part.language, keys), meant: [...part.meant, rule] },
        { language: context.languages.without(part.language, keys), meant: part.meant },
      ];
    });
  }
  return parts.filter((part) => !part.language.isEmpty());
}

/** By default an object that declares properties and says nothing about others has no others. */
function isClosedHere({ isClosing }: GrammarContext, branch: Branch): boolean {
  return isClosing && branch.declaresProperties && !branch.isAdditionalSettled;
}

export function nameOpen({ closable }: Branch, keyword: string): readonly string[] {
  return closable.length === 0 ? [`#/${keyword}`] : closable.map((path) => `${path}/${keyword}`);
}
