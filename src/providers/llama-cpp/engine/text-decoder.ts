import type { LlamaModel, Token } from "node-llama-cpp";

/** Most tokens one character can be spread over (UTF-8 has four bytes, byte tokens one each). */
const MAX_HELD_TOKENS = 4;
const HISTORY_TOKENS = 8;
const REPLACEMENT = "\uFFFD";

export interface TextDecoder {
  /** The text that this token completes; empty while a character is still in pieces. */
  push(token: Token): string;
  /** What is left when no token follows. */
  flush(): string;
  readonly holdsTokens: boolean;
}

/** Tokens to text, with characters that are spread over tokens kept whole. `before`: the tokens that came earlier. */
export function createTextDecoder(model: LlamaModel, before: readonly Token[]): TextDecoder {
  let history = before.slice(-HISTORY_TOKENS);
  let held: Token[] = [];

  function flush(): string {
    const text = model.detokenize(held, false, history);
    history = [...history, ...held].slice(-HISTORY_TOKENS);
    held = [];
    return text;
  }

  return {
    push(token) {
      held.push(token);
      const text = model.detokenize(held, false, history);
      if (text.endsWith(REPLACEMENT) && held.length < MAX_HELD_TOKENS) return "";
      history = [...history, ...held].slice(-HISTORY_TOKENS);
      held = [];
      return text;
    },
    flush,
    get holdsTokens() {
      return held.length > 0;
    },
  };
}
