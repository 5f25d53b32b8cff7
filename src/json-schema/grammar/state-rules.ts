import type { GrammarRules } from "./grammar-rules.ts";

/** One thing that may be written next, and where that leads. */
export interface Member<State> {
  text(): string;
  readonly next: State;
}

export interface StateMachine<State> {
  readonly rules: GrammarRules;
  readonly hint: string;
  readonly maxStates: number;
  keyOf(state: State): string;
  isAccepting(state: State): boolean;
  listMembers(state: State): readonly Member<State>[];
  /** The state to go on in without writing anything, if any. */
  skip(state: State): State | undefined;
  /** GBNF for all that may follow from here, where that can be said more shortly. */
  tail?(state: State): string | undefined;
}

export interface StateRules<State> {
  /** GBNF for all that may follow from here; undefined when no end can be reached. */
  add(state: State): string | undefined | "too-many";
}

/**
 * Writes a machine whose only cycles lead from a state to itself as grammar rules, one per state. States from which no
 * end can be reached are left out.
 */
export function createStateRules<State>(machine: StateMachine<State>): StateRules<State> {
  const { rules, hint, maxStates } = machine;
  const written = new Map<string, string | undefined>();
  let isOver = false;

  function write(state: State): string | undefined {
    const key = machine.keyOf(state);
    if (written.has(key)) return written.get(key);
    if (written.size >= maxStates) isOver = true;
    if (isOver) return undefined;
    const tail = machine.tail?.(state);
    if (tail !== undefined) {
      written.set(key, tail);
      return tail;
    }
    const alternatives: string[] = [];
    // A state that only leads back to itself has no end of its own.
    written.set(key, undefined);
    const after = new Map<State, string | undefined>();
    const members = machine.listMembers(state);
    const isRepeating = members.some(({ next }) => machine.keyOf(next) === key);
    for (const { next } of members) if (machine.keyOf(next) !== key) after.set(next, write(next));
    const skipped = machine.skip(state);
    const rest = skipped === undefined ? undefined : write(skipped);
    const isAlive =
      machine.isAccepting(state) ||
      rest !== undefined ||
      [...after.values()].some((body) => body !== undefined);
    if (!isAlive) return undefined;
    const name = isRepeating ? rules.reserve(hint) : "";
    for (const { text, next } of members) {
      if (machine.keyOf(next) === key) {
        alternatives.push(`${text()} ${name}`);
      } else {
        const body = after.get(next);
        if (body !== undefined) alternatives.push(`${text()} ${body}`.trimEnd());
      }
    }
    if (rest !== undefined) alternatives.push(rest === "" ? `""` : rest);
    if (machine.isAccepting(state)) alternatives.push(`""`);
    const body = finish({ name, alternatives, isRepeating });
    written.set(key, body);
    return body;
  }

  function finish(rule: { name: string; alternatives: readonly string[]; isRepeating: boolean }): string {
    const alternatives = [...new Set(rule.alternatives)];
    const [only = ""] = alternatives;
    if (rule.isRepeating) {
      rules.define(rule.name, alternatives.join(" | "));
      return rule.name;
    }
    // Nothing at all is written as nothing, a single way in place; only a choice needs a rule.
    if (alternatives.length === 1)
      return only === `""` ? "" : only.length < MAX_INLINE ? only : rules.add(hint, only);
    return rules.add(hint, alternatives.join(" | "));
  }

  return {
    add(state) {
      const body = write(state);
      return isOver ? "too-many" : body;
    },
  };
}

const MAX_INLINE = 60;
