import type { GrammarRules } from "./grammar-rules.ts";

type Trie = Map<string, Trie> & { isEnd?: boolean };

/**
 * A JSON string that is none of `names`, for `additionalProperties` beside declared properties. Written without
 * escapes, so that a declared name cannot come back in disguise.
 */
export function addOtherKey(rules: GrammarRules, names: readonly string[]): string {
  const trie: Trie = new Map();
  for (const name of names) {
    let node = trie;
    for (const character of name) {
      const next: Trie = node.get(character) ?? new Map();
      node.set(character, next);
      node = next;
    }
    node.isEnd = true;
  }
  const plain = rules.add("plain", String.raw`[^"\\\x7F\x00-\x1F]`);
  const addNode = (node: Trie): string => {
    const alternatives = [...node].map(
      ([character, next]) => `[${escapeInClass(character)}] ${addNode(next)}`,
    );
    const excluded = [...node.keys()].map(escapeInClass).join("");
    alternatives.push(String.raw`[^"\\\x7F\x00-\x1F${excluded}] ${plain}*`);
    if (!node.isEnd) alternatives.push(`""`);
    return rules.add("not", alternatives.join(" | "));
  };
  return rules.add("other-key", String.raw`"\"" ${addNode(trie)} "\""`);
}

/** Class members by code point: no character is special then. */
function escapeInClass(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
