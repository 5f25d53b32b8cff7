import type { Brief } from "../brief.ts";
import { namesOccasion, tellingWords } from "../checks/texts.ts";
import { flattenText, splitWords } from "../text.ts";
import type { OutfitContext } from "./outfit-context.ts";

const LEAST_DESCRIPTION_WORDS = 4;
const LONGEST_OWN_TEXT = 400;
/** Two words in a title, four in a description. */
export const SHORTEST_LOOKS = 3;
export const SHORTEST_DESCRIPTION = 7;
/** Room for the words around a quoted occasion. */
const LONGEST_LEAD = 100;

/** No title or description is longer: a text of the model's, then the occasion quoted and its telling words. */
export function findLongestProse({ occasion }: Pick<Brief, "occasion">): number {
  return LONGEST_OWN_TEXT + LONGEST_LEAD + 2 * occasion.length;
}

/** A text as it may stand inside a JSON string without escapes. */
function plainText(text: string): string {
  return flattenText(text.replace(/["\\]/g, ""), LONGEST_OWN_TEXT);
}

/** Does the model's title say something? */
export function isGoodLooks(text: string): boolean {
  return splitWords(text).length >= 2 && plainText(text) === text;
}

export function repairLooks(text: string, context: OutfitContext): string {
  const own = plainText(text);
  if (splitWords(own).length >= 2) return own;
  return describeOccasion(`Outfit for`, context);
}

/** Does the description say something, and do both texts name the occasion? */
export function isGoodDescription(
  texts: { looks: string; description: string },
  context: OutfitContext,
): boolean {
  const { looks, description } = texts;
  const saysSomething =
    splitWords(description).length >= LEAST_DESCRIPTION_WORDS && plainText(description) === description;
  return saysSomething && isNamed(`${looks} ${description}`, context);
}

/** The model's own sentences, cut at the last whole one, and a sentence that names the occasion where they do not. */
export function repairDescription(
  texts: { looks: string; description: string },
  context: OutfitContext,
): string {
  const own = closeSentence(plainText(texts.description));
  const isEnough =
    splitWords(own).length >= LEAST_DESCRIPTION_WORDS && isNamed(`${texts.looks} ${own}`, context);
  if (isEnough) return own;
  const sentence = `${describeOccasion("Chosen as one complete outfit for", context)}.`;
  return own === "" ? sentence : `${own} ${sentence}`;
}

function isNamed(text: string, { brief, lexicon }: OutfitContext): boolean {
  return namesOccasion({ text, occasion: brief.occasion }, lexicon);
}

/** The occasion in the user's words; its telling words alone where quoting it would not name it. */
function describeOccasion(lead: string, context: OutfitContext): string {
  const { brief, lexicon } = context;
  const occasion = plainText(flattenText(brief.occasion, lexicon.prompt.limits.occasion)).replace(
    /[.\s]+$/,
    "",
  );
  const quoted = `${lead} ${occasion === "" ? "the day" : occasion}`;
  if (isNamed(quoted, context)) return quoted;
  return `${quoted} ${tellingWords(brief.occasion, lexicon).join(" ")}`;
}

/** Ends at the last full stop when there is one past half of the text, else gets a full stop. */
function closeSentence(text: string): string {
  if (text === "" || /[.!?]$/.test(text)) return text;
  const stop = text.lastIndexOf(". ");
  return stop > text.length / 2 ? text.slice(0, stop + 1) : `${text.replace(/[\s,;:-]+$/, "")}.`;
}
