import type { Brief } from "../brief.ts";
import type { Lexicon } from "../load-lexicon.ts";
import { createPhraseIndex, type PhraseIndex } from "../phrase-index.ts";
import type { OutfitRule } from "../rules/rule.ts";
import type { Polarity } from "../rules/rules-file.ts";
import { readColourRules } from "./colour-rules.ts";
import { readGarmentRules } from "./garment-rules.ts";
import { readMaterialRules } from "./material-rules.ts";
import { type Clause, createClauseReader } from "./read-clauses.ts";

type GuidanceReader = (brief: Pick<Brief, "guidance" | "gender">) => OutfitRule[];

/** Readers hold compiled phrase tables: one for each lexicon, dropped with it. */
const readers = new WeakMap<Lexicon, GuidanceReader>();

/** Every rule that the guidance text asks for: the table in `rules.json`, and colours, garments and materials by name. */
export function readGuidance(brief: Pick<Brief, "guidance" | "gender">, lexicon: Lexicon): OutfitRule[] {
  const reader = readers.get(lexicon) ?? createGuidanceReader(lexicon);
  readers.set(lexicon, reader);
  return reader(brief);
}

interface PhraseUse {
  readonly rule: OutfitRule;
  readonly polarity: readonly Polarity[];
}

function createGuidanceReader(lexicon: Lexicon): GuidanceReader {
  const readClauses = createClauseReader(lexicon);
  const tables = createTables(lexicon);
  return ({ guidance, gender }) => {
    const clauses = guidance === "" ? [] : readClauses(guidance);
    if (clauses.length === 0) return [];
    return [
      ...readTableRules(clauses, { tables, lexicon }),
      ...readColourRules(clauses, lexicon),
      ...readGarmentRules({ clauses, gender }, lexicon),
      ...readMaterialRules(clauses, lexicon),
    ];
  };
}

/** One index a rule and polarity list, so that phrases of different rules may overlap in the text. */
function createTables(lexicon: Lexicon): { use: PhraseUse; index: PhraseIndex<boolean> }[] {
  return lexicon.rulesFile.guidance.flatMap(({ rule: name, phrases, polarity, except = [] }) => {
    const rule = lexicon.rules.get(name);
    const index = createPhraseIndex([
      ...phrases.map((phrase) => [phrase, true] as const),
      ...except.map((phrase) => [phrase, false] as const),
    ]);
    return rule ? [{ use: { rule, polarity }, index }] : [];
  });
}

function readTableRules(
  clauses: readonly Clause[],
  context: { tables: readonly { use: PhraseUse; index: PhraseIndex<boolean> }[]; lexicon: Lexicon },
): OutfitRule[] {
  const { tables, lexicon } = context;
  const rules = new Set<OutfitRule>();
  for (const { use, index } of tables) {
    for (const clause of clauses) {
      const isMeant = index.findInWords(clause.words).some(
        (match) =>
          match.values.includes(true) &&
          use.polarity.includes(clause.polarity[match.start] ?? "none") &&
          // "no floral prints" rules out florals, not every print.
          !(use.rule.name === "no-patterns" && isPattern(clause.words[match.start - 1], lexicon)),
      );
      if (isMeant) rules.add(use.rule);
    }
  }
  return dropWeather([...rules]);
}

/** Hot days and cold nights in one text: no single outfit can be held to both. */
function dropWeather(rules: OutfitRule[]): OutfitRule[] {
  const names = rules.map((rule) => rule.name);
  const both = names.includes("heat") && names.includes("cold");
  return both ? rules.filter((rule) => rule.name !== "heat" && rule.name !== "cold") : rules;
}

function isPattern(word: string | undefined, lexicon: Lexicon): boolean {
  return word !== undefined && (word === "animal" || lexicon.patternIndex.get(word).length > 0);
}
