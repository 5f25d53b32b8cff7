import type { RegularLanguage } from "../../src/json-schema/language/regular-language.ts";

/** A text of the language by a walk through its automaton, which turns for the nearest end once it is long. */
export function sampleText(language: RegularLanguage, random: () => number, turnAfter = 12): string {
  const { classes, next, accepting, stateCount } = language.automaton;
  const distances = measureDistances(language);
  let text = "";
  let state = 0;
  for (let length = 0; length < 4 * stateCount + turnAfter; length++) {
    const ways = classes.flatMap((set, column) => {
      const target = next[state * classes.length + column] ?? -1;
      return target < 0 ? [] : [{ set, target }];
    });
    const mayEnd = accepting[state] === 1;
    if (ways.length === 0 || (mayEnd && (length >= turnAfter || random() < 0.2))) return text;
    const nearest = Math.min(...ways.map(({ target }) => distances[target] ?? 0));
    const chosen = length < turnAfter ? ways : ways.filter(({ target }) => distances[target] === nearest);
    const { set, target } = chosen[Math.floor(random() * chosen.length)] ?? { set: [], target: 0 };
    const range = Math.floor((random() * set.length) / 2) * 2;
    const [first = 0, last = 0] = set.slice(range, range + 2);
    text += String.fromCodePoint(first + Math.floor(random() * (last - first + 1)));
    state = target;
  }
  return text;
}

/** For each state, the number of characters to the nearest end. */
function measureDistances({ automaton }: RegularLanguage): number[] {
  const { next, accepting, stateCount, classes } = automaton;
  const distances = Array.from({ length: stateCount }, (_, state) => (accepting[state] === 1 ? 0 : Infinity));
  for (let changed = true; changed; ) {
    changed = false;
    for (let state = stateCount - 1; state >= 0; state--) {
      const row = [...next.subarray(state * classes.length, (state + 1) * classes.length)];
      const best = Math.min(...row.map((target) => (target < 0 ? Infinity : (distances[target] ?? 0) + 1)));
      if (best < (distances[state] ?? 0)) {
        distances[state] = best;
        changed = true;
      }
    }
  }
  return distances;
}
