import { type Automaton, findClass, getRow, isUniversalState, NO_STATE } from "./automaton.ts";
import type { CodePointSet } from "./code-points.ts";

/** A lookahead as an automaton that runs beside the pattern over the rest of the text. */
export interface Watcher {
  readonly automaton: Automaton;
  readonly isNegative: boolean;
}

/** No lookahead is pending. */
const NO_PROMISES = 0;
/** A lookahead has failed for good: the thread that made the promise ends. */
export const BROKEN = -1;

/** Sets of pending lookaheads, by number. */
export interface Promises {
  /** The set with one more lookahead, which starts here. */
  add(promises: number, watcher: number): number;
  /** The set once a character of this class is read. */
  advance(promises: number, column: number): number;
  /** Whether the text may end here. */
  areKept(promises: number): boolean;
}

/** More than an automaton may have states. */
const STRIDE = 4096;

export function createPromises(watchers: readonly Watcher[], classes: readonly CodePointSet[]): Promises {
  const columns = watchers.map(({ automaton }) => classes.map(([code = 0]) => findClass(automaton, code)));
  const sets: (readonly number[])[] = [[]];
  const numbers = new Map<string, number>([["", NO_PROMISES]]);
  const steps = new Map<number, number>();

  /** Whether the outcome is known already. */
  function settle(watcher: number, state: number): "kept" | "broken" | "open" {
    const { automaton, isNegative = false } = watchers[watcher] ?? {};
    if (automaton === undefined || state === NO_STATE) return isNegative ? "kept" : "broken";
    if (!isUniversalState(automaton, state)) return "open";
    return isNegative ? "broken" : "kept";
  }

  function intern(promises: readonly number[]): number {
    const sorted = [...new Set(promises)].sort((left, right) => left - right);
    const key = sorted.join();
    const number = numbers.get(key) ?? sets.push(sorted) - 1;
    numbers.set(key, number);
    return number;
  }

  function step(promises: number, column: number): number {
    const next: number[] = [];
    for (const promise of sets[promises] ?? []) {
      const watcher = Math.floor(promise / STRIDE);
      const automaton = watchers[watcher]?.automaton;
      const inner = columns[watcher]?.[column] ?? NO_STATE;
      const state =
        automaton === undefined ? NO_STATE : (getRow(automaton, promise % STRIDE)[inner] ?? NO_STATE);
      const outcome = settle(watcher, state);
      if (outcome === "broken") return BROKEN;
      if (outcome === "open") next.push(watcher * STRIDE + state);
    }
    return intern(next);
  }

  return {
    add(promises, watcher) {
      const outcome = settle(watcher, 0);
      if (outcome === "broken") return BROKEN;
      return outcome === "kept" ? promises : intern([...(sets[promises] ?? []), watcher * STRIDE]);
    },
    advance(promises, column) {
      if (promises === NO_PROMISES) return NO_PROMISES;
      const key = promises * classes.length + column;
      const next = steps.get(key) ?? step(promises, column);
      steps.set(key, next);
      return next;
    },
    areKept: (promises) =>
      (sets[promises] ?? []).every((promise) => {
        const { automaton, isNegative = false } = watchers[Math.floor(promise / STRIDE)] ?? {};
        return (automaton?.accepting[promise % STRIDE] === 1) !== isNegative;
      }),
  };
}
