import { type Automaton, getRow, isUniversalState, NO_STATE } from "../language/automaton.ts";
import { type CodePointSet, uniteSets } from "../language/code-points.ts";

/** An automaton with its straight stretches drawn together: what is worth a rule, in an order to write it. */
export interface StateOutline {
  /** Later states first, but for loops. */
  readonly order: readonly number[];
  readonly states: ReadonlyMap<number, StateShape>;
  /** States that are named before their rule is written: the ends of loops. */
  readonly loops: ReadonlySet<number>;
}

export type StateShape =
  /** Any text may follow. */
  | { readonly kind: "universal" }
  /** Up to `most` characters of one set, then the end. */
  | { readonly kind: "tail"; readonly set: CodePointSet; readonly most: number }
  | {
      readonly kind: "choice";
      /** Characters that may come any number of times first. */
      readonly loop: CodePointSet | undefined;
      readonly ways: readonly Way[];
      readonly isAccepting: boolean;
    };

/** A way without a choice: so many characters of each set, one set after the other, then a state or the end. */
export interface Way {
  readonly steps: readonly Step[];
  readonly target: number | undefined;
}

interface Step {
  readonly set: CodePointSet;
  readonly count: number;
}

/** The engine's counted repetitions go to 2000. */
const MAX_REPETITION = 1000;

export function outlineStates(automaton: Automaton): StateOutline {
  const shape = createShaper(automaton);
  const states = new Map<number, StateShape>();
  const loops = new Set<number>();
  const order: number[] = [];
  const open = new Set<number>();
  // Depth first without recursion: an automaton may be thousands of states deep.
  const stack = [{ state: 0, isLeaving: false }];
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { state, isLeaving } = visit;
    if (isLeaving) {
      open.delete(state);
      order.push(state);
      continue;
    }
    if (states.has(state)) continue;
    const created = shape(state);
    states.set(state, created);
    open.add(state);
    stack.push({ state, isLeaving: true });
    for (const { target } of created.kind === "choice" ? created.ways : []) {
      if (target === undefined) continue;
      if (open.has(target)) loops.add(target);
      stack.push({ state: target, isLeaving: false });
    }
  }
  return { order, states, loops };
}

function createShaper(automaton: Automaton): (state: number) => StateShape {
  const edges = Array.from({ length: automaton.stateCount }, (_, state) => listEdges(automaton, state));
  const entries = new Uint32Array(automaton.stateCount);
  for (const { target } of edges.flat()) entries[target] = (entries[target] ?? 0) + 1;
  const isAccepting = (state: number) => automaton.accepting[state] === 1;

  /** The only way on from a state that offers no choice and is entered in one place. */
  function pickOnly(state: number): Edge | undefined {
    const [edge, second] = edges[state] ?? [];
    const isPlain = second === undefined && !isAccepting(state) && entries[state] === 1 && state !== 0;
    return isPlain && edge?.target !== state ? edge : undefined;
  }

  function followWay(first: Edge): Way {
    const steps: Step[] = [];
    let last = first;
    for (let edge: Edge | undefined = first; edge !== undefined; edge = pickOnly(edge.target)) {
      last = edge;
      const previous = steps.at(-1);
      if (previous?.set.join() !== edge.set.join() || previous.count === MAX_REPETITION) {
        steps.push({ set: edge.set, count: 1 });
      } else steps[steps.length - 1] = { set: edge.set, count: previous.count + 1 };
    }
    return { steps, target: edges[last.target]?.length === 0 ? undefined : last.target };
  }

  /** How many characters of one set may follow, when nothing else may. */
  function measureTail(state: number): StateShape | undefined {
    const key = edges[state]?.[0]?.set.join();
    let most = 0;
    let current = state;
    for (; isAccepting(current); most++) {
      const [edge, second] = edges[current] ?? [];
      if (edge === undefined) break;
      if (second !== undefined || edge.target === current) return undefined;
      if (edge.set.join() !== key || most >= MAX_REPETITION) return undefined;
      current = edge.target;
    }
    const set = edges[state]?.[0]?.set;
    return set === undefined || !isAccepting(current) ? undefined : { kind: "tail", set, most };
  }

  return (state) => {
    if (isUniversalState(automaton, state)) return { kind: "universal" };
    const own = edges[state] ?? [];
    return (
      measureTail(state) ?? {
        kind: "choice",
        loop: own.find(({ target }) => target === state)?.set,
        ways: own.filter(({ target }) => target !== state).map(followWay),
        isAccepting: isAccepting(state),
      }
    );
  };
}

interface Edge {
  readonly set: CodePointSet;
  readonly target: number;
}

function listEdges(automaton: Automaton, state: number): Edge[] {
  const sets = new Map<number, CodePointSet[]>();
  getRow(automaton, state).forEach((target, column) => {
    if (target === NO_STATE) return;
    const set = automaton.classes[column] ?? [];
    const parts = sets.get(target);
    if (parts === undefined) sets.set(target, [set]);
    else parts.push(set);
  });
  return [...sets].map(([target, parts]) => ({ set: uniteSets(parts), target }));
}
