import { createAlphabet } from "./alphabet.ts";
import { type Automaton, createAutomatonBuilder, NO_STATE } from "./automaton.ts";
import type { CodePointSet } from "./code-points.ts";
import { minimise } from "./minimise.ts";

/** The automaton of exactly these texts. Characters that no text holds share a class; a lone surrogate is never met. */
export function createWordsAutomaton(words: readonly string[]): Automaton {
  const texts = words.filter((word) => word.isWellFormed());
  const codes = [
    ...new Set(texts.flatMap((text) => [...text].map((character) => character.codePointAt(0) ?? 0))),
  ];
  const { classes, members } = createAlphabet(codes.map((code): CodePointSet => [code, code]));
  const columns = new Map(codes.map((code, index) => [code, members[index]?.[0] ?? 0]));
  const nodes = [createNode()];
  for (const text of texts) {
    let node = 0;
    for (const character of text) {
      const column = columns.get(character.codePointAt(0) ?? 0) ?? 0;
      const next = nodes[node]?.next.get(column) ?? nodes.push(createNode()) - 1;
      nodes[node]?.next.set(column, next);
      node = next;
    }
    const end = nodes[node];
    if (end !== undefined) end.isEnd = true;
  }
  const builder = createAutomatonBuilder(classes);
  for (const { next, isEnd } of nodes) {
    builder.addState(
      classes.map((_set, column) => next.get(column) ?? NO_STATE),
      isEnd,
    );
  }
  return minimise(builder.build());
}

interface TrieNode {
  readonly next: Map<number, number>;
  isEnd: boolean;
}

function createNode(): TrieNode {
  return { next: new Map(), isEnd: false };
}
