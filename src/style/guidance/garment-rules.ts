import type { Brief } from "../brief.ts";
import { inflectWord } from "../inflect.ts";
import type { Garment } from "../lexicon.ts";
import type { Lexicon } from "../load-lexicon.ts";
import type { ReadItem } from "../read-item.ts";
import type { OutfitRule } from "../rules/rule.ts";
import { splitWords } from "../text.ts";
import type { Clause } from "./read-clauses.ts";

/** "No dresses", "no skinny jeans", "I need a blazer". */
export function readGarmentRules(
  brief: { clauses: readonly Clause[]; gender: Brief["gender"] },
  lexicon: Lexicon,
): OutfitRule[] {
  const rules = new Map<string, OutfitRule>();
  for (const clause of brief.clauses) {
    for (const match of lexicon.garmentIndex.findInWords(clause.words)) {
      const polarity = clause.polarity[match.start];
      const modifiers = modifiersBefore({ clause, position: match.start }, lexicon);
      const isGeneric = lexicon.rulesFile.cues.generic.includes(match.phrase);
      // "No shoes" says nothing; "no black shoes" rules out black ones of every kind.
      if (isGeneric && modifiers.length === 0) continue;
      if (polarity === "avoid") {
        const rule = createAvoidedGarment({ phrase: match.phrase, garments: match.values, modifiers });
        rules.set(rule.name, rule);
      }
      const wearable = match.values.filter(
        (garment) => brief.gender === "unisex" || garment.genders.includes(brief.gender),
      );
      const isOwned = clause.words.some((word) => lexicon.rulesFile.cues.owned.includes(word));
      if (!isGeneric && clause.demanded[match.start] && wearable.length > 0 && !isOwned) {
        const rule = createWantedGarment({ phrase: match.phrase, garments: wearable });
        rules.set(rule.name, rule);
      }
    }
  }
  return [...rules.values()];
}

/** Does this word describe a garment that follows it at once ("black shoes", "leather ankle boots")? */
export function modifiedGarment(mention: { clause: Clause; position: number }, lexicon: Lexicon): boolean {
  const { clause, position } = mention;
  return lexicon.garmentIndex
    .findInWords(clause.words)
    .some(
      (match) =>
        match.start > position &&
        match.start - modifiersBefore({ clause, position: match.start }, lexicon).length <= position,
    );
}

/** The colour, pattern, material and detail words that stand right before a position. */
function modifiersBefore(mention: { clause: Clause; position: number }, lexicon: Lexicon): string[] {
  const { clause, position } = mention;
  let start = position;
  while (start > 0 && isModifier(clause.words[start - 1] ?? "", lexicon)) start--;
  return clause.words.slice(start, position);
}

function isModifier(word: string, lexicon: Lexicon): boolean {
  return lexicon.colourIndex.get(word).length > 0 || lexicon.modifierIndex.get(word).length > 0;
}

function createAvoidedGarment(said: {
  phrase: string;
  garments: readonly Garment[];
  modifiers: readonly string[];
}): OutfitRule {
  const { phrase, garments, modifiers } = said;
  return {
    name: `no ${[...modifiers, phrase].join(" ")}`,
    isWish: false,
    forbids: (item) =>
      isKindOf(item, { phrase, garments }) && modifiers.every((modifier) => hasWord(item, modifier)),
    demands: [],
  };
}

function createWantedGarment(said: { phrase: string; garments: readonly Garment[] }): OutfitRule {
  return {
    name: `wants ${said.phrase}`,
    isWish: true,
    forbids: () => false,
    demands: [{ meets: (item) => isKindOf(item, said), counts: () => false, share: 0, hint: said.phrase }],
  };
}

/** The same garment, or one whose name ends in the said one: "maxi dress" is a dress, "ankle boots" are boots. */
function isKindOf(item: ReadItem, said: { phrase: string; garments: readonly Garment[] }): boolean {
  const { garment } = item;
  if (!garment) return false;
  if (said.garments.includes(garment)) return true;
  const heads = new Set(inflectWord(said.phrase));
  if (said.garments.some(({ name, type }) => name === type && garment.type === type)) return true;
  return [garment.name, ...garment.aliases].some((name) => {
    const last = splitWords(name).at(-1) ?? "";
    return !said.phrase.includes(" ") && inflectWord(last).some((form) => heads.has(form));
  });
}

function hasWord(item: ReadItem, word: string): boolean {
  const forms = inflectWord(word);
  return item.words.some((own) => forms.includes(own));
}
