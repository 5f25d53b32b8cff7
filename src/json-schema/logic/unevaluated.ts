import type { Schema } from "../grammar/schema-types.ts";
import type { Branch, KeyMatcher } from "./branch.ts";
import { createArrayBranch, createObjectBranch, TYPE_BITS } from "./branch.ts";
import type { ClauseContext } from "./clause.ts";
import { conjoin } from "./conjoin.ts";
import { flip, type Literal } from "./goal.ts";
import { createSomeBranch } from "./object-clauses.ts";

/**
 * `unevaluatedProperties` and `unevaluatedItems`, on branches that already hold to all other keywords of the schema and
 * tell what those evaluated.
 */
export function applyUnevaluated(context: ClauseContext, branches: readonly Branch[]): readonly Branch[] {
  return branches.flatMap((branch) => {
    let result: Branch | undefined = branch;
    for (const rule of readRules(context)) {
      const restricted: Branch | undefined = rule.restrict(branch);
      result = result && restricted && conjoin(result, restricted);
    }
    return result === undefined ? [] : [result];
  });
}

/** The branches that hold to all other keywords but break one of these. */
export function breakUnevaluated(context: ClauseContext, branches: readonly Branch[]): readonly Branch[] {
  return branches.flatMap((branch) =>
    readRules(context).flatMap((rule) => {
      const broken = rule.violate(branch);
      const result = broken && conjoin(branch, broken);
      return result === undefined ? [] : [result];
    }),
  );
}

interface UnevaluatedRule {
  restrict(branch: Branch): Branch | undefined;
  violate(branch: Branch): Branch | undefined;
}

function readRules(context: ClauseContext): readonly UnevaluatedRule[] {
  const { unevaluatedProperties, unevaluatedItems } = context.schema;
  const rules: UnevaluatedRule[] = [];
  if (unevaluatedProperties !== undefined)
    rules.push(
      createPropertiesRule(context.literal(unevaluatedProperties as Schema, "unevaluatedProperties")),
    );
  if (unevaluatedItems !== undefined)
    rules.push(createItemsRule(context, context.literal(unevaluatedItems as Schema, "unevaluatedItems")));
  return rules;
}

function createPropertiesRule(literal: Literal): UnevaluatedRule {
  const pickMatcher = ({ evaluated }: Branch): KeyMatcher => ({
    names: evaluated.names,
    patterns: evaluated.patterns,
    isNegated: true,
  });
  return {
    restrict(branch) {
      const { hasAllProperties } = branch.evaluated;
      const rules = hasAllProperties ? [] : [{ matcher: pickMatcher(branch), literals: [literal] }];
      const evaluated = { ...createObjectBranch({}).evaluated, hasAllProperties: true };
      return createObjectBranch({ rules }, { evaluated, isAdditionalSettled: true });
    },
    violate(branch) {
      if (branch.evaluated.hasAllProperties) return undefined;
      return createSomeBranch(pickMatcher(branch), [flip(literal)]);
    },
  };
}

function createItemsRule(context: ClauseContext, literal: Literal): UnevaluatedRule {
  /** An item is also evaluated when `contains` found it. */
  const widen = ({ evaluated }: Branch): Literal => {
    if (evaluated.containing.length === 0) return literal;
    return context.eitherOf([...evaluated.containing, literal]);
  };
  return {
    restrict(branch) {
      const { itemCount } = branch.evaluated;
      const evaluated = { ...createArrayBranch({}).evaluated, itemCount: Number.POSITIVE_INFINITY };
      if (itemCount === Number.POSITIVE_INFINITY) return createArrayBranch({}, { evaluated });
      const prefix = Array.from({ length: itemCount }, () => []);
      return createArrayBranch({ prefix, rest: [widen(branch)] }, { evaluated });
    },
    violate(branch) {
      const { itemCount } = branch.evaluated;
      if (itemCount === Number.POSITIVE_INFINITY) return undefined;
      const contains = [
        { literal: flip(widen(branch)), from: itemCount, least: 1, most: Number.POSITIVE_INFINITY },
      ];
      return createArrayBranch({ contains, least: itemCount + 1 }, { types: TYPE_BITS.array });
    },
  };
}
