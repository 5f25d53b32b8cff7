import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { createBrandIndex } from "./brand-index.ts";
import { inflectWord, stemWord } from "./inflect.ts";
import {
  type Brand,
  brandsFileSchema,
  coloursFileSchema,
  type Garment,
  garmentsFileSchema,
  type Occasion,
  occasionsFileSchema,
  wordsFileSchema,
} from "./lexicon.ts";
import { createPhraseIndex, type PhraseIndex } from "./phrase-index.ts";
import type { ItemType } from "./plan.ts";
import { loadPromptText, type PromptText } from "./prompt-text.ts";
import { compileRule } from "./rules/compile-rules.ts";
import type { OutfitRule } from "./rules/rule.ts";
import { type RulesFile, rulesFileSchema } from "./rules/rules-file.ts";
import { dropPossessive, splitWords } from "./text.ts";

export type Colour = z.infer<typeof coloursFileSchema>["colours"][number];
type WordLists = z.infer<typeof wordsFileSchema>;

/** The files of `data/style/`, validated and indexed. Immutable; share one between all requests. */
export interface Lexicon {
  readonly garments: readonly Garment[];
  readonly brands: readonly Brand[];
  readonly occasions: readonly Occasion[];
  readonly colours: readonly Colour[];
  readonly words: WordLists;
  readonly prompt: PromptText;
  readonly garmentIndex: PhraseIndex<Garment>;
  readonly occasionIndex: PhraseIndex<Occasion>;
  readonly colourIndex: PhraseIndex<Colour>;
  readonly patternIndex: PhraseIndex<string>;
  /** Words that describe a garment: colours, patterns, materials, fits, details. */
  readonly modifierIndex: PhraseIndex<string>;
  /** Materials and patterns that guidance can rule out by name → stems of the words that tell them. */
  readonly materialIndex: PhraseIndex<string>;
  /** Words that tell nothing about an occasion. */
  readonly stopWords: ReadonlySet<string>;
  readonly itemTypeIndex: PhraseIndex<ItemType>;
  /** `rules.json` as written, and its rules ready to judge. */
  readonly rulesFile: RulesFile;
  readonly rules: ReadonlyMap<string, OutfitRule>;
  readonly brandIndex: ReturnType<typeof createBrandIndex>;
  /** Is it a word of the lexicon, in any number or with a possessive? Digits count as words. */
  hasWord(word: string): boolean;
}

/** Reads the lexicon from a folder such as `data/style`; throws when a file is missing or breaks its schema. */
export function loadLexicon(folder: string): Lexicon {
  const { garments } = readJson(join(folder, "garments.json"), garmentsFileSchema);
  const { brands } = readJson(join(folder, "brands.json"), brandsFileSchema);
  const { occasions } = readJson(join(folder, "occasions.json"), occasionsFileSchema);
  const { colours } = readJson(join(folder, "colours.json"), coloursFileSchema);
  const words = readJson(join(folder, "words.json"), wordsFileSchema);
  const rulesFile = readJson(join(folder, "rules.json"), rulesFileSchema);
  const patternIndex = createPhraseIndex(
    words.patterns
      .filter((pattern) => !rulesFile.plainPatterns.includes(pattern))
      .map((pattern) => [pattern, pattern] as const),
  );
  const hasPattern = (queryWords: readonly string[]) => patternIndex.findInWords(queryWords).length > 0;
  const known = knownWords([
    ...garments.flatMap((garment) => [garment.name, ...garment.aliases]),
    ...brands.flatMap((brand) => [brand.name, ...brand.aliases]),
    ...occasions.flatMap((occasion) => [occasion.name, ...occasion.keywords]),
    ...colours.flatMap((colour) => [colour.name, ...colour.aliases, colour.base, ...colour.families]),
    ...Object.values(words).flat(),
  ]);
  return {
    garments,
    brands,
    occasions,
    colours,
    words,
    prompt: loadPromptText(folder),
    garmentIndex: createPhraseIndex(withPhrases(garments, (garment) => [garment.name, ...garment.aliases])),
    occasionIndex: createPhraseIndex(withPhrases(occasions, (occasion) => occasion.keywords)),
    colourIndex: createPhraseIndex(withPhrases(colours, (colour) => [colour.name, ...colour.aliases])),
    modifierIndex: createPhraseIndex(
      [...words.patterns, ...words.materials, ...words.fits, ...words.details].map(
        (word) => [word, word] as const,
      ),
    ),
    materialIndex: createPhraseIndex(materialStems(words, rulesFile)),
    stopWords: new Set(rulesFile.stopWords),
    itemTypeIndex: createPhraseIndex(itemTypePhrases(rulesFile)),
    rulesFile,
    rules: new Map(
      Object.entries(rulesFile.rules).map(([name, spec]) => [
        name,
        compileRule({ name, spec }, { hasPattern }),
      ]),
    ),
    patternIndex,
    brandIndex: createBrandIndex(brands),
    hasWord: (word) => /^\d+\p{L}{0,3}$/u.test(word) || known.has(word) || known.has(dropPossessive(word)),
  };
}

function readJson<T extends z.ZodType>(path: string, schema: T): z.infer<T> {
  return schema.parse(JSON.parse(readFileSync(path, "utf8")));
}

function* withPhrases<T>(values: readonly T[], phrasesOf: (value: T) => readonly string[]) {
  for (const value of values) {
    for (const phrase of phrasesOf(value)) yield [phrase, value] as const;
  }
}

function* itemTypePhrases({ itemTypes }: RulesFile) {
  for (const [type, phrases] of Object.entries(itemTypes)) {
    // Object.entries widens the keys that the schema has checked.
    for (const phrase of phrases) yield [phrase, type as ItemType] as const;
  }
}

function* materialStems(words: WordLists, rulesFile: RulesFile) {
  const { patternGroups, unjudgedMaterials } = rulesFile;
  for (const group of patternGroups) {
    const stems = group.filter((phrase) => splitWords(phrase).length === 1).map(stemWord);
    for (const phrase of group) for (const stem of stems) yield [phrase, stem] as const;
  }
  const grouped = patternGroups.flat();
  for (const word of [...words.materials, ...words.patterns]) {
    const isJudged = !unjudgedMaterials.includes(word) && !grouped.includes(word);
    if (isJudged && splitWords(word).length === 1) yield [word, stemWord(word)] as const;
  }
}

function knownWords(phrases: readonly string[]): ReadonlySet<string> {
  const words = new Set<string>();
  for (const word of phrases.flatMap(splitWords)) {
    for (const form of inflectWord(word)) words.add(form);
    for (const form of inflectWord(dropPossessive(word))) words.add(form);
  }
  return words;
}
