import type { Brief } from "./brief.ts";
import { readGuidance } from "./guidance/read-guidance.ts";
import type { Occasion } from "./lexicon.ts";
import type { Lexicon } from "./load-lexicon.ts";
import type { PhraseMatch } from "./phrase-index.ts";
import type { ReadItem } from "./read-item.ts";
import type { OutfitRule } from "./rules/rule.ts";
import { splitWords } from "./text.ts";

/** Dress codes that tell the weather: they hold whichever of the named occasions brings them. */
const WEATHER = new Set(["hot", "cold", "rain"]);

/** A garment this many steps under or over the occasion's formality is out of place whatever the codes say. */
const FORMALITY_TOLERANCE = 1;
/** Bags and accessories are forgiven more. */
const SMALL_PIECE_TOLERANCE = 2;

export interface OccasionReading {
  /** The occasion that names the formality; null when the user's words tell none. */
  readonly main: Occasion | null;
  readonly rules: readonly OutfitRule[];
  /** Asked for by name in the guidance, hence excused from the dress codes. */
  isWished(item: ReadItem): boolean;
}

/** What the occasion in the user's own words asks of an outfit. */
export function readOccasion(
  brief: Pick<Brief, "occasion" | "guidance" | "gender">,
  lexicon: Lexicon,
): OccasionReading {
  const matches = lexicon.occasionIndex.find(brief.occasion);
  const main = pickMain(matches);
  const wishes = readGuidance(brief, lexicon).filter((rule) => rule.isWish);
  const rules = pickCodes({ occasion: brief.occasion, main, matches }, lexicon).flatMap((code) => {
    const rule = lexicon.rules.get(lexicon.rulesFile.occasion[code] ?? "");
    return rule ? [rule] : [];
  });
  return {
    main,
    rules: main ? [...rules, createFormalityRule(main)] : rules,
    isWished: (item) => wishes.some((wish) => wish.demands.some((demand) => demand.meets(item))),
  };
}

/** A dress code said outright wins; else the longest phrase speaks of the occasion proper, of equal ones the first. */
function pickMain(matches: readonly PhraseMatch<Occasion>[]): Occasion | null {
  let best = matches.find((match) => match.phrase.endsWith(" tie")) ?? null;
  if (best) return best.values[0] ?? null;
  for (const match of matches) {
    if (!best || match.end - match.start > best.end - best.start) best = match;
  }
  return best?.values[0] ?? null;
}

function pickCodes(
  said: { occasion: string; main: Occasion | null; matches: readonly PhraseMatch<Occasion>[] },
  lexicon: Lexicon,
): string[] {
  const weather = said.matches
    .flatMap((match) => match.values[0]?.codes ?? [])
    .filter((code) => WEATHER.has(code));
  const codes = new Set([...(said.main?.codes ?? []), ...weather]);
  // "winter holiday": a weather word of the user's own outweighs what such occasions usually mean.
  const told = tellWeather(said, lexicon);
  if (told) codes.delete(told === "hot" ? "cold" : "hot");
  if (told) codes.add(told);
  if (codes.has("hot") && codes.has("cold")) {
    codes.delete("hot");
    codes.delete("cold");
  }
  return [...codes];
}

function tellWeather(
  said: { occasion: string; matches: readonly PhraseMatch<Occasion>[] },
  lexicon: Lexicon,
): "hot" | "cold" | null {
  const words = splitWords(said.occasion);
  const free = words.filter(
    (_, index) => !said.matches.some(({ start, end }) => index >= start && index < end),
  );
  const { cold, hot } = lexicon.rulesFile.weather;
  const isCold = free.some((word) => cold.includes(word));
  const isHot = free.some((word) => hot.includes(word));
  if (isCold === isHot) return null;
  return isCold ? "cold" : "hot";
}

function createFormalityRule({ name, formality }: Occasion): OutfitRule {
  const [low, high] = formality;
  return {
    name: `formality of ${name}`,
    isWish: false,
    demands: [],
    forbids: ({ garment, type }) => {
      if (!garment) return false;
      const isSmall = type === "bag" || type === "accessory";
      const tolerance = isSmall ? SMALL_PIECE_TOLERANCE : FORMALITY_TOLERANCE;
      return garment.formality[1] < low - tolerance || garment.formality[0] > high + tolerance;
    },
  };
}
