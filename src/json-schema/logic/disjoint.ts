import { type Branch, TYPE_BITS } from "./branch.ts";
import { conjoin } from "./conjoin.ts";
import { createGoal, isPlainlyEmpty, type Literal } from "./goal.ts";
import { settle } from "./settle.ts";

export interface Disjointness {
  /** True only when no value can meet both. */
  exclude(left: Literal, right: Literal): boolean;
}

/** How far below a required property a contradiction is looked for. */
const MAX_DEPTH = 2;
const MAX_PAIRS = 400;

/** `expand` gives branches that may let too much through: what they exclude is excluded for certain. */
export function createDisjointness(expand: (literal: Literal) => readonly Branch[]): Disjointness {
  function isEmpty(literals: readonly Literal[], depth: number): boolean {
    const goal = createGoal(literals);
    if (isPlainlyEmpty(goal)) return true;
    let branches: readonly Branch[] | undefined;
    for (const literal of goal.literals) {
      const next = expand(literal);
      if (branches === undefined) branches = next;
      else if (branches.length * next.length > MAX_PAIRS) return false;
      else branches = pair(branches, next);
    }
    return branches?.every((branch) => isDeadBelow(branch, depth)) ?? false;
  }

  /** Whether all that the branch still allows is objects that lack a possible value for something required. */
  function isDeadBelow(branch: Branch, depth: number): boolean {
    if (depth >= MAX_DEPTH || branch.types !== TYPE_BITS.object) return false;
    const { required, rules } = branch.object;
    return required.some((name) => {
      const named = rules.filter(({ matcher }) => !matcher.isNegated && matcher.names.includes(name));
      const others = rules.filter(
        ({ matcher }) => matcher.isNegated && matcher.patterns.length === 0 && !matcher.names.includes(name),
      );
      return isEmpty(
        [...named, ...others].flatMap(({ literals }) => literals),
        depth + 1,
      );
    });
  }

  return { exclude: (left, right) => isEmpty([left, right], 0) };
}

function pair(left: readonly Branch[], right: readonly Branch[]): Branch[] {
  return left.flatMap((first) =>
    right.flatMap((second) => {
      const both = conjoin(first, second);
      const settled = both && settle(both);
      return settled === undefined ? [] : [settled];
    }),
  );
}
