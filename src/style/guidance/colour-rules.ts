import type { Colour, Lexicon } from "../load-lexicon.ts";
import type { ReadItem } from "../read-item.ts";
import type { OutfitRule } from "../rules/rule.ts";
import { modifiedGarment } from "./garment-rules.ts";
import type { Clause } from "./read-clauses.ts";

/** Hated colours rule out their shades too; wanted ones must appear; "only" asks it of every coloured item. */
export function readColourRules(clauses: readonly Clause[], lexicon: Lexicon): OutfitRule[] {
  const wanted = new Set<Colour>();
  const avoided = new Set<Colour>();
  let isExclusive = false;
  for (const clause of clauses) {
    for (const match of lexicon.colourIndex.findInWords(clause.words)) {
      const stance = colourStance({ clause, position: match.start }, lexicon);
      // "no black shoes" speaks of shoes alone: the garment rules read it.
      if (stance === "avoid" && !modifiedGarment({ clause, position: match.start }, lexicon)) {
        for (const colour of match.values) avoided.add(colour);
      }
      if (stance === "want") {
        for (const colour of match.values) if (colour.base !== "multi") wanted.add(colour);
        isExclusive ||= hasPhrase(clause, lexicon.rulesFile.cues.exclusive);
      }
    }
  }
  const rules: OutfitRule[] = [];
  if (avoided.size > 0) rules.push(createAvoidedColours([...avoided]));
  const kept = [...wanted].filter((colour) => !avoided.has(colour));
  if (kept.length > 0) rules.push(createWantedColours({ colours: kept, share: isExclusive ? 1 : 0 }));
  return rules;
}

function colourStance(
  mention: { clause: Clause; position: number },
  lexicon: Lexicon,
): "want" | "avoid" | "none" {
  const { clause, position } = mention;
  const { filler } = lexicon.rulesFile.cues;
  const polarity = clause.polarity[position] ?? "none";
  if (polarity === "avoid") return "avoid";
  // "to match my navy coat", "my hair is red": said of something else than the outfit.
  if (isOwned({ clause, position }, lexicon)) return "none";
  if (polarity === "want") return "want";
  const coloured = new Set<number>();
  for (const match of lexicon.colourIndex.findInWords(clause.words)) {
    for (let index = match.start; index < match.end; index++) coloured.add(index);
  }
  const onlyColours = clause.words.every((word, index) => coloured.has(index) || filler.includes(word));
  return onlyColours ? "want" : "none";
}

/** Is an owner named in the phrase around the mention, back to the last "and", "I" or "love"? */
function isOwned(mention: { clause: Clause; position: number }, lexicon: Lexicon): boolean {
  const { owned, turn, want } = lexicon.rulesFile.cues;
  const { words } = mention.clause;
  const start = words.findLastIndex(
    (word, index) => index < mention.position && (turn.includes(word) || want.includes(word)),
  );
  return words.slice(start + 1, mention.position + 3).some((word) => owned.includes(word));
}

function createAvoidedColours(colours: readonly Colour[]): OutfitRule {
  return {
    name: `avoided-colours (${colours.map((colour) => colour.name).join(", ")})`,
    isWish: false,
    forbids: (item) => colours.some((colour) => hasColour(item, colour)),
    demands: [],
  };
}

function createWantedColours(wish: { colours: readonly Colour[]; share: number }): OutfitRule {
  const { colours, share } = wish;
  const names = colours.map((colour) => colour.name).join(", ");
  return {
    name: `wanted-colours (${names})`,
    isWish: false,
    forbids: () => false,
    demands: [
      {
        meets: (item) => colours.some((colour) => hasColour(item, colour)),
        counts: (item) => item.colours.length > 0,
        share,
        hint: names,
      },
    ],
  };
}

/** A basic hue covers its shades ("yellow" is mustard too); a shade is only itself. */
function hasColour(item: ReadItem, colour: Colour): boolean {
  const isHue = colour.name === colour.base;
  return item.colours.some((own) => own.name === colour.name || (isHue && own.base === colour.base));
}

function hasPhrase(clause: Clause, phrases: readonly string[]): boolean {
  const text = ` ${clause.words.join(" ")} `;
  return phrases.some((phrase) => text.includes(` ${phrase} `));
}
