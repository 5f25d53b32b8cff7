import type { SchemaNode, SchemaResource } from "../schema/schema-document.ts";

/** The resources entered on the way to a schema, outermost first: what a `$dynamicRef` is looked up in. */
export interface DynamicScope {
  readonly id: number;
  readonly resources: readonly SchemaResource[];
}

/** "The value holds to this schema", or with a false sign "it does not". */
export interface Literal {
  readonly node: SchemaNode;
  readonly scope: DynamicScope;
  readonly sign: boolean;
}

/** What one value has to meet: all of its literals. Equal goals have equal keys. */
export interface Goal {
  readonly literals: readonly Literal[];
  readonly key: string;
}

export function createGoal(literals: readonly Literal[]): Goal {
  const byKey = new Map<string, Literal>();
  for (const literal of literals) {
    if (literal.node.schema === literal.sign) continue;
    byKey.set(keyOf(literal), literal);
  }
  const key = [...byKey.keys()].sort().join(" ");
  return { literals: [...byKey.values()], key };
}

export function keyOf({ node, scope, sign }: Literal): string {
  // Every `false` is the same, wherever it stands.
  const id = typeof node.schema === "boolean" ? String(node.schema) : node.id;
  return `${sign ? "" : "-"}${id}${scope.id === 0 ? "" : `@${scope.id}`}`;
}

export function flip(literal: Literal): Literal {
  return { ...literal, sign: !literal.sign };
}

/** Nothing to meet: any value will do. */
export function isOpenGoal(goal: Goal): boolean {
  return goal.literals.length === 0;
}

/** Two literals that exclude each other, or `false` itself. */
export function isPlainlyEmpty(goal: Goal): boolean {
  const keys = new Set(goal.literals.map(keyOf));
  return goal.literals.some(
    (literal) => typeof literal.node.schema === "boolean" || (literal.sign && keys.has(keyOf(flip(literal)))),
  );
}
