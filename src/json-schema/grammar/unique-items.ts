import { type ArrayPart, type Branch, type ContainsRule, type Scalar, TYPE_BITS } from "../logic/branch.ts";
import { createGoal, type Goal } from "../logic/goal.ts";
import type { GrammarContext } from "./grammar-context.ts";

/** Which of so many values have come already is still carried along: it takes a state for each subset. */
const MAX_VALUES = 5;

/**
 * `uniqueItems` for items of a few possible values: each of these comes at most once. Undefined when there are too many
 * values, or an item may be an array or an object: which items are alike is then more than a grammar can carry along.
 */
export function createUniqueRules(
  context: GrammarContext,
  array: ArrayPart,
): readonly ContainsRule[] | undefined {
  const lists =
    array.most > array.prefix.length ? [...array.prefix, array.rest] : array.prefix.slice(0, array.most);
  const values = new Map<string, Scalar>();
  for (const literals of lists) {
    const possible = listValues(context, createGoal(literals));
    if (possible === undefined) return undefined;
    for (const value of possible) values.set(JSON.stringify(value), value);
  }
  if (values.size > MAX_VALUES) return undefined;
  return [...values.values()].map((value) => ({
    literal: context.constant(value),
    from: 0,
    least: 0,
    most: 1,
  }));
}

/** Undefined when they are not listed. */
function listValues(context: GrammarContext, goal: Goal): readonly Scalar[] | undefined {
  const values: Scalar[] = [];
  for (const branch of context.expand(goal)) {
    const listed = listBranchValues(branch);
    if (listed === undefined) return undefined;
    values.push(...listed);
  }
  return values;
}

function listBranchValues({ types, allowed, excluded }: Branch): readonly Scalar[] | undefined {
  if (allowed !== undefined) return [...allowed.values()];
  if (types & ~(TYPE_BITS.null | TYPE_BITS.boolean)) return undefined;
  const possible: readonly Scalar[] = [
    ...(types & TYPE_BITS.null ? [null] : []),
    ...(types & TYPE_BITS.boolean ? [true, false] : []),
  ];
  return possible.filter((value) => !excluded.has(String(value)));
}
