import type { Schema, SchemaObject } from "../grammar/schema-types.ts";
import { isSchemaObject } from "../grammar/schema-types.ts";
import { JsonSchemaError, JsonSchemaLimitError } from "../json-schema-error.ts";
import { resolveReference } from "../schema/resolve-reference.ts";
import type { SchemaDocument } from "../schema/schema-document.ts";
import { createApplicatorClauses } from "./applicator-clauses.ts";
import { createArrayClauses } from "./array-clauses.ts";
import { ANY_BRANCH, type Branch, createBranch, type Scalar } from "./branch.ts";
import { type BranchLimits, limitUnion, multiplyBranches } from "./branch-product.ts";
import type { Clause, ClauseContext, Precision } from "./clause.ts";
import { createDisjointness } from "./disjoint.ts";
import { type Goal, keyOf, type Literal } from "./goal.ts";
import { createObjectClauses } from "./object-clauses.ts";
import { createDynamicScopes } from "./scopes.ts";
import { applyUnevaluated, breakUnevaluated } from "./unevaluated.ts";
import { createConstantSchema, createValueClauses } from "./value-clauses.ts";

export interface Expander {
  /** The document's root, holding. */
  readonly root: Literal;
  /** "The value is this one", which stands nowhere in the document. */
  createConstant(value: Scalar): Literal;
  /** The ways to meet a goal; none when it cannot be met. */
  expandGoal(goal: Goal): readonly Branch[];
}

export interface ExpanderOptions {
  readonly document: SchemaDocument;
  readonly enforcesFormats: boolean;
  /** How many ways to meet one schema are followed up: what brings more is left open. */
  readonly limits: BranchLimits;
}

/** Rewriting multiplies; this many combinations are far more than a schema within the size limit needs. */
const MAX_STEPS = 60_000;
const NOTHING: readonly Branch[] = [];

/** Turns schemas into branches: everything that applies to the value itself is worked out, what lies below waits. */
export function createExpander({ document, enforcesFormats, limits }: ExpanderOptions): Expander {
  const scopes = createDynamicScopes(document);
  const expanded = new Map<string, readonly Branch[]>();
  const goals = new Map<string, readonly Branch[]>();
  const constants = new WeakMap<object, SchemaObject>();
  const unions = new Map<string, SchemaObject>();
  /** Literals being expanded: meeting one again before anything is written would never end. */
  const entered = new Set<string>();
  let steps = 0;

  function countStep(): void {
    if (++steps > MAX_STEPS) throw new JsonSchemaLimitError("# is too complex: its alternatives multiply");
  }

  function expandLiteral(literal: Literal, precision: Precision): readonly Branch[] {
    const { schema, path } = literal.node;
    if (typeof schema === "boolean") return schema === literal.sign ? [ANY_BRANCH] : NOTHING;
    const key = `${precision} ${keyOf(literal)}`;
    const known = expanded.get(key);
    if (known !== undefined) return known;
    if (entered.has(key)) throw new JsonSchemaError(`${path} refers to itself without end`);
    entered.add(key);
    countStep();
    const branches = literal.sign ? expandHolding(literal, precision) : expandFailing(literal, precision);
    entered.delete(key);
    expanded.set(key, branches);
    return branches;
  }

  function expandHolding(literal: Literal, precision: Precision): readonly Branch[] {
    const context = createContext(literal, needsOutcomes(literal, precision) ? "exact" : precision);
    const clauses = createClauses(context);
    const branches = multiply(context, [...toFactors(clauses), noteClosable(context)]);
    return precision === "loose" ? branches : applyUnevaluated(context, branches);
  }

  /** A failing schema's branches have looked at nothing, as far as `unevaluated…` is concerned. */
  function expandFailing(literal: Literal, precision: Precision): readonly Branch[] {
    const context = createContext({ ...literal, sign: true }, precision);
    const branches = createClauses(context).flatMap((clause) => clause.fails());
    if (hasUnevaluated(context.schema)) {
      if (precision === "loose") return [ANY_BRANCH];
      const exact = createContext({ ...literal, sign: true }, "exact");
      const holding = multiply(exact, toFactors(createClauses(exact)));
      branches.push(...breakUnevaluated(exact, holding));
    }
    const { evaluated } = ANY_BRANCH;
    return limitUnion(
      branches.map((branch) => ({ ...branch, evaluated })),
      { maxBranches: limits.maxBranches, pointer: `${context.path}/not` },
    );
  }

  function createContext(self: Literal, precision: Precision): ClauseContext {
    const { node, scope } = self;
    const schema = node.schema as SchemaObject;
    const enter = (target: typeof node): Literal => ({
      node: target,
      scope: scopes.enter(scope, target.resource),
      sign: true,
    });
    const context: ClauseContext = {
      schema,
      dialect: document.dialect,
      path: node.path,
      precision,
      enforcesFormats,
      limits,
      literal: (inner: Schema, step) => enter(document.nodeOf(inner, node, step)),
      constantSchema(value) {
        const holder = value as object;
        const constant = constants.get(holder) ?? createConstantSchema(value, document.dialect);
        constants.set(holder, constant);
        return constant;
      },
      eitherOf(literals) {
        const key = literals.map(keyOf).join(" ");
        const union = unions.get(key) ?? { anyOf: literals.map((literal) => literal.node.schema) };
        unions.set(key, union);
        return { node: document.nodeOf(union, node, "unevaluatedItems"), scope, sign: true };
      },
      expand: (literal) => expandLiteral(literal, precision),
      resolve(keyword) {
        const reference = String(schema[keyword]);
        const target = resolveReference(document, node, reference);
        return enter(keyword === "$dynamicRef" ? scopes.resolve(scope, target, reference) : target);
      },
      exclude: (left, right) => disjointness.exclude(left, right),
      product: (factors) => multiply(context, factors),
    };
    return context;
  }

  function multiply(context: ClauseContext, factors: Parameters<ClauseContext["product"]>[0]) {
    return multiplyBranches({ factors, path: context.path, limits, countStep });
  }

  const disjointness = createDisjointness((literal) => expandLiteral(literal, "loose"));
  const root: Literal = { node: document.root, scope: scopes.initial, sign: true };
  return {
    root,
    createConstant(value) {
      const key = JSON.stringify(value);
      const schema = unions.get(key) ?? { const: value };
      unions.set(key, schema);
      return {
        node: document.nodeOf(schema, document.root, "uniqueItems"),
        scope: scopes.initial,
        sign: true,
      };
    },
    expandGoal(goal) {
      const known = goals.get(goal.key);
      if (known !== undefined) return known;
      const factors = goal.literals.map((literal) => ({
        keyword: literal.node.path,
        branches: () => expandLiteral(literal, "plain"),
      }));
      const branches = multiplyBranches({ factors, path: "", limits, countStep });
      goals.set(goal.key, branches);
      return branches;
    },
  };
}

function needsOutcomes({ node }: Literal, precision: Precision): boolean {
  return precision !== "loose" && isSchemaObject(node.schema) && hasUnevaluated(node.schema);
}

function hasUnevaluated(schema: SchemaObject): boolean {
  return schema.unevaluatedProperties !== undefined || schema.unevaluatedItems !== undefined;
}

function createClauses(context: ClauseContext): readonly Clause[] {
  // In draft-07 a reference's siblings say nothing.
  if (context.dialect === "draft-07" && context.schema.$ref !== undefined)
    return createApplicatorClauses(context).slice(0, 1);
  return [
    ...createValueClauses(context),
    ...createObjectClauses(context),
    ...createArrayClauses(context),
    ...createApplicatorClauses(context),
  ];
}

/** Names the schema as one that may be closed, when it has keywords of one type. */
function noteClosable({ schema, path }: ClauseContext) {
  const hints = CLOSABLE_KEYWORDS.some((keyword) => schema[keyword] !== undefined);
  return { keyword: "type", branches: () => [hints ? createBranch({ closable: [path] }) : ANY_BRANCH] };
}

const CLOSABLE_KEYWORDS = [
  ...["properties", "required", "patternProperties", "additionalProperties", "propertyNames"],
  ...[
    "minProperties",
    "maxProperties",
    "items",
    "prefixItems",
    "contains",
    "minItems",
    "maxItems",
    "uniqueItems",
  ],
  ...["minLength", "maxLength", "pattern", "format"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
];

function toFactors(clauses: readonly Clause[]) {
  return clauses.map(({ keyword, holds }) => ({ keyword, branches: holds }));
}
