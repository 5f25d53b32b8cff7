import { type ArrayPart, type Branch, NUMBER_BITS, type ObjectPart, TYPE_BITS } from "../logic/branch.ts";
import { createGoal, type Goal, isPlainlyEmpty, type Literal } from "../logic/goal.ts";
import type { StringLanguages } from "./string-languages.ts";

export interface Emptiness {
  isEmpty(goal: Goal): boolean;
  isBranchEmpty(branch: Branch): boolean;
}

/** Looking for a value goes no further than this; past it a goal counts as one that has values. */
const MAX_LOOKS = 30_000;

/**
 * Whether any value meets a goal at all. A value has to end: a goal that needs itself as a part has none. An answer
 * found while a goal above was still open may rest on that, so only what was found without is kept.
 */
export function createEmptiness(options: {
  readonly expand: (goal: Goal) => readonly Branch[];
  readonly languages: StringLanguages;
  /** Keys of goals that were found empty otherwise. */
  readonly foundEmpty: ReadonlySet<string>;
}): Emptiness {
  const { expand, languages, foundEmpty } = options;
  const known = new Map<string, boolean>();
  const open = new Map<string, number>();
  let lowestUsed = Number.POSITIVE_INFINITY;
  let looks = 0;

  function isEmpty(goal: Goal): boolean {
    if (goal.literals.length === 0) return false;
    if (isPlainlyEmpty(goal) || foundEmpty.has(goal.key)) return true;
    const answer = known.get(goal.key);
    if (answer !== undefined) return answer;
    const depth = open.get(goal.key);
    if (depth !== undefined) {
      lowestUsed = Math.min(lowestUsed, depth);
      return true;
    }
    if (++looks > MAX_LOOKS) return false;
    return look(goal);
  }

  function look(goal: Goal): boolean {
    const depth = open.size;
    const outer = lowestUsed;
    lowestUsed = Number.POSITIVE_INFINITY;
    open.set(goal.key, depth);
    const result = expand(goal).every(isBranchEmpty);
    open.delete(goal.key);
    if (!result || lowestUsed >= depth) known.set(goal.key, result);
    lowestUsed = Math.min(outer, lowestUsed >= depth ? Number.POSITIVE_INFINITY : lowestUsed);
    return result;
  }

  function isBranchEmpty(branch: Branch): boolean {
    const { types } = branch;
    if (types & (TYPE_BITS.null | TYPE_BITS.boolean | NUMBER_BITS)) return false;
    if (types & TYPE_BITS.string && languages.ofBranch(branch) !== undefined) return false;
    if (types & TYPE_BITS.array && !isArrayEmpty(branch.array)) return false;
    return !(types & TYPE_BITS.object) || isObjectEmpty(branch.object);
  }

  const cannotBe = (literals: readonly Literal[]) => isEmpty(createGoal(literals));

  function isArrayEmpty({ prefix, rest, least, contains }: ArrayPart): boolean {
    if (prefix.slice(0, least).some(cannotBe)) return true;
    if (least > prefix.length && cannotBe(rest)) return true;
    return contains.some(({ literal, least: wanted, from }) => {
      if (wanted === 0) return false;
      return [...prefix.slice(from), rest].every((literals) => cannotBe([...literals, literal]));
    });
  }

  function isObjectEmpty({ required, rules, some }: ObjectPart): boolean {
    const literalsOf = (name: string) =>
      rules
        .filter(({ matcher }) => {
          const isMatched = matcher.patterns.some((pattern) => languages.ofPattern(pattern)?.includes(name));
          const isReadable = matcher.patterns.every((pattern) => languages.ofPattern(pattern) !== undefined);
          return isReadable && (matcher.names.includes(name) || isMatched) !== matcher.isNegated;
        })
        .flatMap(({ literals }) => literals);
    if (required.some((name) => cannotBe(literalsOf(name)))) return true;
    return some.some(({ literals }) => literals.length > 0 && cannotBe(literals));
  }

  return { isEmpty, isBranchEmpty };
}
