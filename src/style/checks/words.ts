import { splitWords } from "../text.ts";
import type { Check } from "./check.ts";

/** Query words are words: of the lexicon, or the user's own (brands, occasion, guidance). */
export const checkWords: Check = ({ outfit, brief, lexicon }) => {
  const own = new Set([...brief.brands, brief.occasion, brief.guidance].flatMap(splitWords));
  for (const { query, words } of outfit.items) {
    if (words.length === 0) return `no words in "${query}"`;
    const unknown = words.find((word) => !lexicon.hasWord(word) && !own.has(word));
    if (unknown !== undefined) return `"${unknown}" is no known word`;
  }
  return null;
};
