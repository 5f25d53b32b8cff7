import { stemWord } from "../inflect.ts";
import type { Lexicon } from "../load-lexicon.ts";
import type { ReadItem } from "../read-item.ts";
import type { OutfitRule } from "../rules/rule.ts";
import { modifiedGarment } from "./garment-rules.ts";
import type { Clause } from "./read-clauses.ts";

/** Words before a material that make it an imitation. */
const IMITATIONS = new Set(["faux", "vegan", "imitation", "synthetic", "artificial", "fake"]);

/** "No wool", "avoid stripes", "nothing floral": materials and patterns ruled out by name, with their groups. */
export function readMaterialRules(clauses: readonly Clause[], lexicon: Lexicon): OutfitRule[] {
  const rules = new Map<string, OutfitRule>();
  for (const clause of clauses) {
    for (const match of lexicon.materialIndex.findInWords(clause.words)) {
      if (clause.polarity[match.start] !== "avoid") continue;
      if (modifiedGarment({ clause, position: match.start }, lexicon)) continue;
      const rule = createAvoidedMaterial(match.phrase, match.values);
      rules.set(rule.name, rule);
    }
  }
  return [...rules.values()];
}

function createAvoidedMaterial(phrase: string, stems: readonly string[]): OutfitRule {
  return {
    name: `no ${phrase}`,
    isWish: false,
    forbids: (item) =>
      !isImitation(item) &&
      (hasTrait(item, phrase) || item.words.some((word) => stems.includes(stemWord(word)))),
    demands: [],
  };
}

function hasTrait(item: ReadItem, trait: string): boolean {
  return item.garment?.traits.includes(trait) ?? false;
}

function isImitation(item: ReadItem): boolean {
  return item.words.some((word) => IMITATIONS.has(word));
}
