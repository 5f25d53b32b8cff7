import type { LlamaModel, Token } from "node-llama-cpp";
import { tokenizeContinuation } from "./tokenize-prompt.ts";

/** A sampled token that is not in the sequence's state yet, and the text it stands for. */
export interface TailToken {
  readonly token: Token;
  readonly text: string;
  /** Characters at its end that belong to what follows the field. */
  readonly excess: string;
}

/**
 * Tokens to evaluate for forced text behind a field. The tail token is free to change since it is not evaluated: when
 * it is punctuation only, it is tokenised anew together with the text, as a tokeniser would have merged the two
 * (`"` + `,"key":"` → `","` `key` `":"`). `text` begins with the tail's excess, which is not written twice.
 */
export function createForcedTokens(model: LlamaModel, tail: TailToken | null, text: string): Token[] {
  if (tail === null) return text === "" ? [] : tokenizeContinuation(model, text);
  const rest = text.slice(tail.excess.length);
  if (rest === "") return [tail.token];
  const isPunctuation = /^[^\p{L}\p{N}\s\uFFFD]+$/u.test(tail.text);
  if (isPunctuation) return tokenizeContinuation(model, tail.text + rest);
  return [tail.token, ...tokenizeContinuation(model, rest)];
}
