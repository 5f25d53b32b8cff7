import type { LlamaModel, Token } from "node-llama-cpp";
import type { PromptPart } from "./chat-template.ts";

/**
 * Token ids of a prompt. Special tokens come from the template's own text only: a typed `<|im_end|>` stays plain text.
 * Plain text is tokenised in whole runs between special tokens, across the borders of contents, so that the ids are
 * those of tokenising the whole prompt at once, as training does.
 */
export function tokenizePrompt(model: LlamaModel, parts: readonly PromptPart[]): Token[] {
  const tokens: Token[] = [];
  let plain = "";
  const flush = () => {
    // A spread of very many would not fit the call stack.
    if (plain !== "") for (const token of model.tokenize(plain, false)) tokens.push(token);
    plain = "";
  };
  for (const part of parts) {
    if (part.isContent) {
      plain += part.text;
      continue;
    }
    for (const piece of splitAtSpecialTokens(model, part.text)) {
      if (typeof piece === "string") {
        plain += piece;
      } else {
        flush();
        tokens.push(piece);
      }
    }
  }
  flush();
  return tokens;
}

/** Template text as plain runs and special tokens. */
function splitAtSpecialTokens(model: LlamaModel, text: string): (string | Token)[] {
  if (text === "") return [];
  const pieces: (string | Token)[] = [];
  let rest = text;
  for (const token of model.tokenize(text, true)) {
    if (!model.getTokenAttributes(token).control) continue;
    const tokenText = model.detokenize([token], true);
    const index = rest.indexOf(tokenText);
    if (tokenText === "" || index < 0) continue;
    pieces.push(rest.slice(0, index), token);
    rest = rest.slice(index + tokenText.length);
  }
  pieces.push(rest);
  return pieces;
}

/** Tokens of text that follows other text, without the space that SentencePiece puts before a first word. */
export function tokenizeContinuation(model: LlamaModel, text: string): Token[] {
  return [...model.tokenize(text, false, "trimLeadingSpace")];
}
