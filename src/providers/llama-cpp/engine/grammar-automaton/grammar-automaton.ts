import { hasCodePoint } from "./gbnf-expression.ts";
import { createGrammarGraph, type GrammarGraph, type GrammarNode } from "./grammar-graph.ts";
import { parseGbnf } from "./parse-gbnf.ts";

/** Where to go on when a rule is over; equal stacks are the same object. */
interface Frame {
  readonly id: number;
  readonly next: GrammarNode;
  readonly below: Frame | null;
}

/** One reading of the text so far: it waits for a character at `node`. */
interface Reading {
  readonly node: Extract<GrammarNode, { kind: "characters" }>;
  readonly stack: Frame | null;
}

/** All readings of one text. Texts with the same future share a state. */
export interface GrammarState {
  readonly readings: readonly Reading[];
  /** The text is whole as it stands; it may still be allowed to go on. */
  readonly isWhole: boolean;
  readonly after: Map<number, GrammarState | null>;
}

export interface GrammarAutomaton {
  readonly start: GrammarState;
  /** Null when the grammar does not allow `text` there. Throws when there are too many readings to follow. */
  advance(state: GrammarState, text: string): GrammarState | null;
  allows(state: GrammarState, codePoint: number): boolean;
  /** The text that must come next, up to the next choice or the end. */
  force(state: GrammarState): { readonly text: string; readonly state: GrammarState };
}

const MAX_READINGS = 256;
const MAX_VISITS = 20_000;
/** States are kept for the next answer; a grammar with long counted strings has one a character. */
const MAX_KEPT_STATES = 4096;
const MAX_FORCED_CHARACTERS = 2000;

/** Follows a grammar character by character. Throws when its text cannot be read. */
export function createGrammarAutomaton(text: string, root: string): GrammarAutomaton {
  const graph = createGrammarGraph(parseGbnf(text), root);
  const kept = createStateStore(graph);

  function step(state: GrammarState, codePoint: number): GrammarState | null {
    const known = state.after.get(codePoint);
    if (known !== undefined) return known;
    const reached = state.readings.filter(({ node }) => hasCodePoint(node.ranges, codePoint));
    const next =
      reached.length === 0
        ? null
        : kept.reach(reached.map(({ node, stack }) => ({ node: node.next, stack })));
    state.after.set(codePoint, next);
    return next;
  }

  return {
    start: kept.reach([{ node: graph.start, stack: null }]),
    advance(state, added) {
      let current: GrammarState | null = state;
      for (const character of added) {
        current = step(current, character.codePointAt(0) ?? 0);
        if (current === null) return null;
      }
      return current;
    },
    allows: (state, codePoint) => state.readings.some(({ node }) => hasCodePoint(node.ranges, codePoint)),
    force(state) {
      let forced = "";
      let current = state;
      while (forced.length < MAX_FORCED_CHARACTERS) {
        const only = findOnlyCodePoint(current);
        const next = only === null ? null : step(current, only);
        if (only === null || next === null) break;
        forced += String.fromCodePoint(only);
        current = next;
      }
      return { text: forced, state: current };
    },
  };
}

/** Nothing may follow. */
export function isGrammarOver(state: GrammarState): boolean {
  return state.isWhole && state.readings.length === 0;
}

/** The one character that may come next; null at a choice, and where the text may also end. */
function findOnlyCodePoint(state: GrammarState): number | null {
  if (state.isWhole) return null;
  const [first] = state.readings;
  const only = first?.node.ranges[0];
  if (only === undefined) return null;
  const isOnly = state.readings.every(({ node: { ranges } }) =>
    ranges.every((codePoint) => codePoint === only),
  );
  return isOnly ? only : null;
}

type Place = { readonly node: GrammarNode; readonly stack: Frame | null };

function createStateStore(graph: GrammarGraph) {
  const states = new Map<string, GrammarState>();
  const frames = new Map<string, Frame>();
  let frameCount = 0;

  function push(next: GrammarNode, below: Frame | null): Frame | null {
    // Nothing is left to do in the calling rule: its own return does.
    if (next.kind === "return") return below;
    const key = `${next.id} ${below?.id ?? 0}`;
    const known = frames.get(key);
    if (known !== undefined) return known;
    const frame = { id: ++frameCount, next, below };
    frames.set(key, frame);
    return frame;
  }

  /** The state of these places, after everything that needs no character. */
  function reach(places: Place[]): GrammarState {
    const readings = new Map<string, Reading>();
    const visited = new Set<string>();
    const waiting = [...places];
    let isWhole = false;
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      const { node, stack } = place;
      const key = `${node.id} ${stack?.id ?? 0}`;
      if (visited.has(key)) continue;
      visited.add(key);
      if (visited.size > MAX_VISITS || readings.size > MAX_READINGS)
        throw new Error("grammar: too many readings");
      if (node.kind === "characters") readings.set(key, { node, stack });
      else if (node.kind === "split")
        for (const branch of node.branches) waiting.push({ node: branch, stack });
      else if (node.kind === "call")
        waiting.push({ node: graph.enter(node.rule), stack: push(node.next, stack) });
      else if (stack === null) isWhole = true;
      else waiting.push({ node: stack.next, stack: stack.below });
    }
    const key = `${isWhole} ${[...readings.keys()].sort().join()}`;
    const known = states.get(key);
    if (known !== undefined) return known;
    if (states.size >= MAX_KEPT_STATES) {
      states.clear();
      frames.clear();
    }
    const state = {
      readings: [...readings.values()],
      isWhole,
      after: new Map<number, GrammarState | null>(),
    };
    states.set(key, state);
    return state;
  }

  return { reach };
}
