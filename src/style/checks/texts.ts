import { inflectWord } from "../inflect.ts";
import type { Lexicon } from "../load-lexicon.ts";
import { flattenText, splitWords } from "../text.ts";
import type { Check } from "./check.ts";

const LEAST_LOOKS_WORDS = 2;
const LEAST_DESCRIPTION_WORDS = 4;
const MOST_NAMED_WORDS = 4;

/** Looks and description say something, and name the occasion in the user's own words. */
export const checkTexts: Check = ({ outfit: { looks, description }, brief, lexicon }) => {
  if (splitWords(looks).length < LEAST_LOOKS_WORDS) return "looks says too little";
  if (splitWords(description).length < LEAST_DESCRIPTION_WORDS) return "description says too little";
  return namesOccasion({ text: `${looks} ${description}`, occasion: brief.occasion }, lexicon)
    ? null
    : "the occasion is not named";
};

/** A third of the occasion's telling words, at least one and at most four, in any inflection ("Tuscan" for "Tuscany"). */
export function namesOccasion(said: { text: string; occasion: string }, lexicon: Lexicon): boolean {
  const telling = tellingWords(said.occasion, lexicon);
  if (telling.length === 0) return true;
  const words = splitWords(said.text);
  const named = telling.filter((word) => words.some((own) => isSameWord(own, word)));
  return named.length >= Math.min(MOST_NAMED_WORDS, Math.ceil(telling.length / 3));
}

/** Words that tell an occasion from others; of a long one those that the model is shown. */
export function tellingWords(occasion: string, lexicon: Lexicon): string[] {
  const shown = flattenText(occasion, lexicon.prompt.limits.occasion);
  const words = [...new Set(splitWords(shown))];
  return words.filter((word) => !lexicon.stopWords.has(word) && !/^\d+$/.test(word));
}

function isSameWord(a: string, b: string): boolean {
  if (a === b || inflectWord(a).includes(b) || inflectWord(b).includes(a)) return true;
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return shared >= 5 && Math.max(a.length, b.length) - shared <= 4;
}
