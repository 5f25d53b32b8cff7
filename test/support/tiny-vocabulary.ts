export interface TinyVocabulary {
  readonly tokens: readonly string[];
  readonly tokenTypes: readonly number[];
  readonly merges: readonly string[];
  readonly endOfTextId: number;
  readonly endOfTurnId: number;
}

const SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const NORMAL = 1;
const CONTROL = 3;

/** Words whose prefixes become merged tokens; punctuation runs are those of compact JSON. */
const WORDS = [
  "the",
  "and",
  "system",
  "user",
  "assistant",
  "hello",
  "black",
  "dress",
  "shirt",
  "shoes",
  "outfit",
  "Ġthe",
  "Ġand",
  "Ġblack",
  "Ġshirt",
  "Ġred",
  '":"',
  '","',
  '{"',
  '"}',
  "},",
  '":',
  '":[',
  "[{",
];

/** A byte-level BPE vocabulary in GPT-2's form with ChatML's special tokens first, as SmolLM2 has it. */
export function createTinyVocabulary(): TinyVocabulary {
  const alphabet = [...createByteAlphabet().values()];
  const merges: string[] = [];
  const merged = new Set<string>();
  for (const word of WORDS) {
    const characters = [...word];
    let left = characters[0] ?? "";
    for (const right of characters.slice(1)) {
      if (!merged.has(left + right)) merges.push(`${left} ${right}`);
      left += right;
      merged.add(left);
    }
  }
  const normal = [...alphabet, ...merged];
  return {
    tokens: [...SPECIAL_TOKENS, ...normal],
    tokenTypes: [...SPECIAL_TOKENS.map(() => CONTROL), ...normal.map(() => NORMAL)],
    merges,
    endOfTextId: 0,
    endOfTurnId: 2,
  };
}

/** GPT-2's printable stand-in for each byte: printable Latin-1 maps to itself, the rest from U+0100 on. */
function createByteAlphabet(): Map<number, string> {
  const alphabet = new Map<number, string>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    alphabet.set(byte, String.fromCodePoint(isPrintable ? byte : next++));
  }
  return alphabet;
}
