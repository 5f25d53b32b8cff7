import {
  createGrammarAutomaton,
  type GrammarState,
  isGrammarOver,
} from "../../../src/providers/llama-cpp/engine/grammar-automaton/grammar-automaton.ts";

/** Every text of a rule's, as far as its characters are of the alphabet. For rules with few. */
export function listTexts(grammar: string, rule: string, alphabet: string): string[] {
  const automaton = createGrammarAutomaton(grammar, rule);
  const texts: string[] = [];
  const walk = (state: GrammarState, text: string) => {
    if (state.isWhole) texts.push(text);
    if (isGrammarOver(state)) return;
    for (const character of alphabet) {
      const next = automaton.advance(state, character);
      if (next !== null) walk(next, text + character);
    }
  };
  walk(automaton.start, "");
  return texts;
}
