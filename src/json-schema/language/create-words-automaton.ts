import { createAlphabet } from "./alphabet.ts";
import { type Automaton, createAutomatonBuilder, NO_STATE } from "./automaton.ts";
import type { CodePointSet } from "./code-points.ts";
import { joinClasses } from "./minimise.ts";

/** Lists of words grow long in schemas, and their automata are cheap: no loop, and nothing to determinise. */
const LIMITS = { maxStates: 70_000, maxCells: 4_000_000 };

/** The minimal automaton of exactly these texts. A text with a lone surrogate is never met and left out. */
export function createWordsAutomaton(words: readonly string[]): Automaton {
  const texts = words.filter((word) => word.isWellFormed()).map(listCodes);
  const codes = [...new Set(texts.flat())];
  const { classes, members } = createAlphabet(codes.map((code): CodePointSet => [code, code]));
  const columns = new Map(codes.map((code, index) => [code, members[index]?.[0] ?? 0]));
  const nodes = mergeEqualNodes(createTrie(texts, columns));
  const builder = createAutomatonBuilder(classes, LIMITS);
  const start = nodes.at(0);
  const order = start === undefined ? [] : [start];
  const numbers = new Map(order.map((node) => [node, 0]));
  for (const { next, isEnd } of order) {
    const row = new Int32Array(classes.length).fill(NO_STATE);
    for (const [column, target] of [...next].sort(([left], [right]) => left - right)) {
      const number = numbers.get(target) ?? order.push(target) - 1;
      numbers.set(target, number);
      row[column] = number;
    }
    builder.addState(row, isEnd);
  }
  return joinClasses(builder.build());
}

interface TrieNode {
  readonly next: Map<number, TrieNode>;
  isEnd: boolean;
}

/** Its nodes, each before those behind it. */
function createTrie(texts: readonly (readonly number[])[], columns: ReadonlyMap<number, number>): TrieNode[] {
  const createNode = (): TrieNode => ({ next: new Map(), isEnd: false });
  const root = createNode();
  const nodes = [root];
  for (const codes of texts) {
    let node = root;
    for (const code of codes) {
      const column = columns.get(code) ?? 0;
      let next = node.next.get(column);
      if (next === undefined) {
        next = createNode();
        node.next.set(column, next);
        nodes.push(next);
      }
      node = next;
    }
    node.isEnd = true;
  }
  return nodes;
}

/** Nodes with the same future become one; found from the ends, where there is no future. */
function mergeEqualNodes(nodes: readonly TrieNode[]): readonly TrieNode[] {
  const representatives = new Map<string, TrieNode>();
  const merged = new Map<TrieNode, TrieNode>();
  const numbers = new Map<TrieNode, number>();
  for (const node of nodes.toReversed()) {
    for (const [column, target] of node.next) node.next.set(column, merged.get(target) ?? target);
    const future = [...node.next].map(([column, target]) => `${column}:${numbers.get(target)}`).sort();
    const key = `${node.isEnd} ${future.join()}`;
    const representative = representatives.get(key) ?? node;
    representatives.set(key, representative);
    merged.set(node, representative);
    if (representative === node) numbers.set(node, numbers.size);
  }
  return nodes.map((node) => merged.get(node) ?? node);
}

function listCodes(text: string): number[] {
  return [...text].map((character) => character.codePointAt(0) ?? 0);
}
