import { createAlphabet } from "./alphabet.ts";
import { type Automaton, createAutomatonBuilder, findClass, getRow, NO_STATE } from "./automaton.ts";
import { minimise } from "./minimise.ts";

type Rule = "both" | "either";

/** The texts that both automata take, or that either does. */
export function combine(left: Automaton, right: Automaton, rule: Rule): Automaton {
  const { classes } = createAlphabet([...left.classes, ...right.classes]);
  const columns = classes.map(([code = 0]) => ({
    left: findClass(left, code),
    right: findClass(right, code),
  }));
  const builder = createAutomatonBuilder(classes);
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

/** The texts that the automaton does not take. */
export function complement(automaton: Automaton): Automaton {
  const builder = createAutomatonBuilder(automaton.classes);
  const rest = automaton.stateCount;
  for (let state = 0; state < automaton.stateCount; state++) {
    const row = getRow(automaton, state).map((target) => (target === NO_STATE ? rest : target));
    builder.addState(row, automaton.accepting[state] === 0);
  }
  builder.addState(
    automaton.classes.map(() => rest),
    true,
  );
  return minimise(builder.build());
}
