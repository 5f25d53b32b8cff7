import { createAlphabet } from "./alphabet.ts";
import { type Automaton, createAutomatonBuilder, NO_STATE } from "./automaton.ts";
import { LanguageLimitError } from "./language-limit-error.ts";
import { minimise } from "./minimise.ts";

const MAX_UNITS = 2500n;
const SYMBOLS = [..."-.0123456789"];
const OTHER = SYMBOLS.length;

export interface MultiplesOptions {
  /** The step in units of its last decimal place. */
  readonly units: bigint;
  /** Decimal places of the step; a number with more is left out. */
  readonly fractionDigits: number;
}

/**
 * Decimal texts whose value is a multiple of the step. A state is the remainder of the digits so far and the number
 * of decimal places read; the sign does not matter. Says nothing about leading zeros.
 */
export function createMultiplesAutomaton({ units, fractionDigits }: MultiplesOptions): Automaton {
  if (units > MAX_UNITS) throw new LanguageLimitError("the step is too large");
  const modulus = Number(units);
  const { classes, members } = createAlphabet(
    SYMBOLS.map((symbol) => [symbol.charCodeAt(0), symbol.charCodeAt(0)]),
  );
  const columns = SYMBOLS.map((_symbol, index) => members[index]?.[0] ?? OTHER);
  const builder = createAutomatonBuilder(classes);
  const states: State[] = [];
  const numbers = new Map<string, number>();
  const lookUp = (state: State): number => {
    const key = `${state.place} ${state.remainder}`;
    const number = numbers.get(key) ?? states.push(state) - 1;
    numbers.set(key, number);
    return number;
  };
  lookUp({ place: "start", remainder: 0 });
  for (const state of states) {
    const row = new Array<number>(classes.length).fill(NO_STATE);
    SYMBOLS.forEach((symbol, index) => {
      const next = advance(state, symbol, { modulus, fractionDigits });
      if (next !== undefined) row[columns[index] ?? OTHER] = lookUp(next);
    });
    builder.addState(row, isMultiple(state, { modulus, fractionDigits }));
  }
  return minimise(builder.build());
}

interface State {
  /** Behind the point, the number of digits there. */
  readonly place: "start" | "sign" | "whole" | number;
  readonly remainder: number;
}

interface Step {
  readonly modulus: number;
  readonly fractionDigits: number;
}

function advance({ place, remainder }: State, symbol: string, step: Step): State | undefined {
  if (symbol === "-") return place === "start" ? { place: "sign", remainder } : undefined;
  if (symbol === ".")
    return place === "whole" && step.fractionDigits > 0 ? { place: 0, remainder } : undefined;
  if (typeof place === "number" && place >= step.fractionDigits) return undefined;
  const next = (remainder * 10 + Number(symbol)) % step.modulus;
  return { place: typeof place === "number" ? place + 1 : "whole", remainder: next };
}

function isMultiple({ place, remainder }: State, { modulus, fractionDigits }: Step): boolean {
  if (place === "start" || place === "sign" || place === 0) return false;
  let rest = remainder;
  for (let missing = fractionDigits - (place === "whole" ? 0 : place); missing > 0; missing--) {
    rest = (rest * 10) % modulus;
  }
  return rest === 0;
}
