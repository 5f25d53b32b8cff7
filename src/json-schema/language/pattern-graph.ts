import type { CodePointSet } from "./code-points.ts";
import { LanguageLimitError } from "./language-limit-error.ts";
import type { Assertion, PatternNode } from "./pattern-syntax.ts";

/** A step of a pattern; numbers are the places of other steps in the graph. */
type PatternStep =
  | { readonly kind: "set"; readonly set: number; readonly next: number }
  | { readonly kind: "split"; readonly next: readonly number[] }
  | { readonly kind: "assertion"; readonly assertion: Assertion; readonly next: number }
  | { readonly kind: "lookahead"; readonly lookahead: number; readonly next: number }
  | { readonly kind: "match" };

export interface Lookahead {
  readonly part: PatternNode;
  readonly isNegative: boolean;
}

export interface PatternGraph {
  readonly steps: readonly PatternStep[];
  readonly sets: readonly CodePointSet[];
  readonly lookaheads: readonly Lookahead[];
  readonly entry: number;
  /** Whether it matters if characters are word characters. */
  readonly hasBoundary: boolean;
}

/** The place of the match in every graph. */
export const MATCH_STEP = 0;

const MAX_STEPS = 10_000;

/** The pattern as steps from `entry` to a match (Thompson 1968), counted repetitions written out. */
export function createPatternGraph(pattern: PatternNode): PatternGraph {
  const steps: PatternStep[] = [];
  const sets: CodePointSet[] = [];
  const setNumbers = new Map<string, number>();
  const lookaheads: Lookahead[] = [];
  const lookaheadNumbers = new Map<PatternNode, number>();

  function addStep(step: PatternStep): number {
    if (steps.push(step) > MAX_STEPS) throw new LanguageLimitError("the pattern is too large");
    return steps.length - 1;
  }

  function internSet(set: CodePointSet): number {
    const key = set.join();
    const number = setNumbers.get(key) ?? sets.push(set) - 1;
    setNumbers.set(key, number);
    return number;
  }

  /** Adds the steps of `node` in front of `next`; returns the first of them. */
  function prepend(node: PatternNode, next: number): number {
    switch (node.kind) {
      case "set":
        return addStep({ kind: "set", set: internSet(node.set), next });
      case "sequence":
        return node.parts.reduceRight((following, part) => prepend(part, following), next);
      case "choice":
        return addStep({ kind: "split", next: node.options.map((option) => prepend(option, next)) });
      case "repeat":
        return prependRepeat(node, next);
      case "assertion":
        return addStep({ kind: "assertion", assertion: node.assertion, next });
      case "lookahead": {
        const lookahead = lookaheadNumbers.get(node) ?? lookaheads.push(node) - 1;
        lookaheadNumbers.set(node, lookahead);
        return addStep({ kind: "lookahead", lookahead, next });
      }
      default:
        return node satisfies never;
    }
  }

  function prependRepeat(node: PatternNode & { readonly kind: "repeat" }, next: number): number {
    const { part, least, most } = node;
    let first = next;
    if (most === Number.POSITIVE_INFINITY) {
      const targets = [next];
      first = addStep({ kind: "split", next: targets });
      targets.push(prepend(part, first));
    } else {
      for (let count = least; count < most; count++) {
        first = addStep({ kind: "split", next: [next, prepend(part, first)] });
      }
    }
    for (let count = 0; count < least; count++) {
      first = prepend(part, first);
      // A part without steps, such as (), would count up to billions for nothing.
      if (first === next) break;
    }
    return first;
  }

  const match = addStep({ kind: "match" });
  const entry = prepend(pattern, match);
  const hasBoundary = steps.some((step) => step.kind === "assertion" && /boundary/.test(step.assertion));
  return { steps, sets, lookaheads, entry, hasBoundary };
}
