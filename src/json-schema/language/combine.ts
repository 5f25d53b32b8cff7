import { createAlphabet } from "./alphabet.ts";
import {
  type Automaton,
  allowSizeOf,
  createAutomatonBuilder,
  findClass,
  getRow,
  isUniversalState,
  NO_STATE,
} from "./automaton.ts";
import { joinClasses, minimise } from "./minimise.ts";

type Rule = "both" | "either";

/** The texts that both automata take, or that either does. */
export function combine(left: Automaton, right: Automaton, rule: Rule): Automaton {
  const { classes } = createAlphabet([...left.classes, ...right.classes]);
  const columns = classes.map(([code = 0]) => ({
    left: findClass(left, code),
    right: findClass(right, code),
  }));
  const builder = createAutomatonBuilder(classes, allowSizeOf(left, right));
  const stride = right.stateCount + 1;
  // A pair is one number; "no state" counts as the state after the last.
  const pairs = [0];
  const numbers = new Map([[0, 0]]);
  const lookUp = (leftState: number, rightState: number): number => {
    const isDead =
      rule === "both"
        ? leftState === NO_STATE || rightState === NO_STATE
        : leftState === rightState && leftState === NO_STATE;
    if (isDead) return NO_STATE;
    const pair =
      (leftState === NO_STATE ? left.stateCount : leftState) * stride +
      (rightState === NO_STATE ? right.stateCount : rightState);
    let number = numbers.get(pair);
    if (number === undefined) {
      number = pairs.length;
      numbers.set(pair, number);
      pairs.push(pair);
    }
    return number;
  };
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index] ?? 0;
    const leftState = Math.floor(pair / stride);
    const rightState = pair % stride;
    const [leftRow, rightRow] = [getRow(left, leftState), getRow(right, rightState)];
    const row = columns.map((column) =>
      lookUp(leftRow[column.left] ?? NO_STATE, rightRow[column.right] ?? NO_STATE),
    );
    const accepts = (left.accepting[leftState] ?? 0) + (right.accepting[rightState] ?? 0);
    builder.addState(row, rule === "both" ? accepts === 2 : accepts > 0);
  }
  return minimise(builder.build());
}

/**
 * The texts that the automaton, which must be minimal, does not take. "No state" becomes the state from which all is
 * taken and the other way round; what is minimal stays so.
 */
export function complement(automaton: Automaton): Automaton {
  const rest = automaton.stateCount;
  const everything = Array.from({ length: rest }, (_, state) => state).find((state) =>
    isUniversalState(automaton, state),
  );
  const isEmpty = !automaton.accepting.includes(1);
  const order = [isEmpty ? rest : 0];
  const numbers = new Map(order.map((state) => [state, 0]));
  const builder = createAutomatonBuilder(automaton.classes, allowSizeOf(automaton));
  for (const state of order) {
    const own = getRow(automaton, state);
    const row = new Int32Array(automaton.classes.length);
    for (let column = 0; column < row.length; column++) {
      const target = own[column] ?? NO_STATE;
      row[column] = target === everything ? NO_STATE : lookUp(target === NO_STATE ? rest : target);
    }
    builder.addState(row, automaton.accepting[state] !== 1);
  }
  return joinClasses(builder.build());

  function lookUp(state: number): number {
    const number = numbers.get(state) ?? order.push(state) - 1;
    numbers.set(state, number);
    return number;
  }
}
