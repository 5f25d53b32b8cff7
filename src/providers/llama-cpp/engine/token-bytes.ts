import type { LlamaModel, Token } from "node-llama-cpp";

export function countVocabulary(model: LlamaModel): number {
  return model.fileInfo.metadata.tokenizer.ggml.tokens.length;
}

const BYTE_OF_CHARACTER = createByteTable();

/**
 * The bytes that a token stands for, read from the vocabulary itself: decoding would replace those of a character that
 * is spread over several tokens.
 */
export function readTokenBytes(model: LlamaModel, token: Token): readonly number[] {
  const text = model.fileInfo.metadata.tokenizer.ggml.tokens[token] ?? "";
  const { control, byte } = model.getTokenAttributes(token);
  if (control) return encodeText(text);
  if (byte) {
    const code = /^<0x([0-9A-Fa-f]{2})>$/.exec(text)?.[1];
    if (code !== undefined) return [Number.parseInt(code, 16)];
  }
  if (model.fileInfo.metadata.tokenizer.ggml.model === "gpt2") {
    return [...text].flatMap((character) => BYTE_OF_CHARACTER.get(character) ?? encodeText(character));
  }
  // SentencePiece shows a space as U+2581.
  return encodeText(text.replaceAll("\u2581", " "));
}

function encodeText(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** GPT-2's byte alphabet: printable Latin-1 stands for itself, the other bytes for the characters from U+0100 on. */
function createByteTable(): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    table.set(String.fromCodePoint(isPrintable ? byte : next++), byte);
  }
  return table;
}
