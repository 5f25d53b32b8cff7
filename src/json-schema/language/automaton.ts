import { type CodePointSet, hasCodePoint } from "./code-points.ts";
import { LanguageLimitError } from "./language-limit-error.ts";

/** A deterministic automaton that starts in state 0. */
export interface Automaton {
  /** Disjoint classes of characters; together they are all characters. */
  readonly classes: readonly CodePointSet[];
  readonly stateCount: number;
  /** At `state * classes.length + class` the next state, or NO_STATE. */
  readonly next: Int32Array;
  /** By state, 1 when a text may end there. */
  readonly accepting: Uint8Array;
}

export const NO_STATE = -1;

export interface SizeLimits {
  readonly maxStates: number;
  /** States times classes. */
  readonly maxCells: number;
}

const DEFAULT_LIMITS: SizeLimits = { maxStates: 3000, maxCells: 500_000 };

/** Builds an automaton row by row; states are numbered by the caller in the order in which their rows come. */
export function createAutomatonBuilder(
  classes: readonly CodePointSet[],
  limits: SizeLimits = DEFAULT_LIMITS,
) {
  const next: number[] = [];
  const accepting: number[] = [];
  return {
    addState(row: ArrayLike<number>, isAccepting: boolean): void {
      for (let index = 0; index < classes.length; index++) next.push(row[index] ?? NO_STATE);
      accepting.push(isAccepting ? 1 : 0);
      const isTooLarge = accepting.length > limits.maxStates || next.length > limits.maxCells;
      if (isTooLarge) throw new LanguageLimitError("the automaton is too large");
    },
    build(): Automaton {
      return {
        classes,
        stateCount: accepting.length,
        next: Int32Array.from(next),
        accepting: Uint8Array.from(accepting),
      };
    },
  };
}

/** Room for what an automaton becomes that only gets smaller, or larger by a state. */
export function allowSizeOf(...automata: readonly Automaton[]): SizeLimits {
  const { maxStates, maxCells } = DEFAULT_LIMITS;
  const states = automata.map(({ stateCount }) => stateCount + 1);
  const cells = automata.map(({ stateCount, classes }) => (stateCount + 1) * classes.length);
  return { maxStates: Math.max(maxStates, ...states), maxCells: Math.max(maxCells, ...cells) };
}

export function getRow(automaton: Automaton, state: number): Int32Array {
  const width = automaton.classes.length;
  return automaton.next.subarray(state * width, (state + 1) * width);
}

export function findClass(automaton: Automaton, code: number): number {
  return automaton.classes.findIndex((set) => hasCodePoint(set, code));
}

export function acceptsText(automaton: Automaton, text: string): boolean {
  let state = 0;
  for (const character of text) {
    const column = findClass(automaton, character.codePointAt(0) ?? 0);
    state = column < 0 ? NO_STATE : (getRow(automaton, state)[column] ?? NO_STATE);
    if (state === NO_STATE) return false;
  }
  return automaton.accepting[state] === 1;
}

/** Whether every text may follow from here. Exact in a minimal automaton. */
export function isUniversalState(automaton: Automaton, state: number): boolean {
  return automaton.accepting[state] === 1 && getRow(automaton, state).every((target) => target === state);
}
