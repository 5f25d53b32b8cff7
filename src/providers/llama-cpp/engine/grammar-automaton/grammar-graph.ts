import type { GbnfExpression, GbnfRules } from "./gbnf-expression.ts";

/** Where a reading of the text can stand. `split` and `call` are passed without reading a character. */
export type GrammarNode =
  | {
      readonly kind: "characters";
      readonly id: number;
      readonly ranges: readonly number[];
      readonly next: GrammarNode;
    }
  | { readonly kind: "split"; readonly id: number; readonly branches: GrammarNode[] }
  | { readonly kind: "call"; readonly id: number; readonly rule: string; readonly next: GrammarNode }
  /** The rule is over. */
  | { readonly kind: "return"; readonly id: number };

export interface GrammarGraph {
  readonly start: GrammarNode;
  /** The rule's first node. */
  enter(rule: string): GrammarNode;
}

/** Repetitions are written out: nested ones multiply. */
const MAX_NODES = 200_000;

/** A network of nodes for each rule, made when the rule is first entered. Throws when a rule is missing or too large. */
export function createGrammarGraph(rules: GbnfRules, root: string): GrammarGraph {
  const entries = new Map<string, GrammarNode>();
  let count = 0;
  const nextId = (): number => {
    if (++count > MAX_NODES) throw new Error("grammar: too large to follow");
    return count;
  };
  const over: GrammarNode = { kind: "return", id: nextId() };

  function enter(rule: string): GrammarNode {
    const known = entries.get(rule);
    if (known !== undefined) return known;
    const expression = rules.get(rule);
    if (expression === undefined) throw new Error(`grammar: no rule ${rule}`);
    const entry = compile(expression, over);
    entries.set(rule, entry);
    return entry;
  }

  /** The nodes of `expression`, with `next` behind them. */
  function compile(expression: GbnfExpression, next: GrammarNode): GrammarNode {
    switch (expression.kind) {
      case "characters":
        return { kind: "characters", id: nextId(), ranges: expression.ranges, next };
      case "rule":
        return { kind: "call", id: nextId(), rule: expression.name, next };
      case "sequence":
        return expression.parts.reduceRight((after, part) => compile(part, after), next);
      case "choice":
        return {
          kind: "split",
          id: nextId(),
          branches: expression.parts.map((part) => compile(part, next)),
        };
      case "repeat":
        return compileRepeat(expression, next);
    }
  }

  function compileRepeat(
    { part, least, most }: Extract<GbnfExpression, { kind: "repeat" }>,
    next: GrammarNode,
  ): GrammarNode {
    let entry = next;
    if (most === null) {
      const branches: GrammarNode[] = [];
      entry = { kind: "split", id: nextId(), branches };
      branches.push(compile(part, entry), next);
    } else {
      for (let copy = least; copy < most; copy++) {
        entry = { kind: "split", id: nextId(), branches: [compile(part, entry), next] };
      }
    }
    for (let copy = 0; copy < least; copy++) entry = compile(part, entry);
    return entry;
  }

  return { start: enter(root), enter };
}
