import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { createBrandIndex } from "./brand-index.ts";
import { inflectWord } from "./inflect.ts";
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
import { loadPromptText, type PromptText } from "./prompt-text.ts";
import { dropPossessive, splitWords } from "./text.ts";

export type Colour = z.infer<typeof coloursFileSchema>["colours"][number];
export type WordLists = z.infer<typeof wordsFileSchema>;

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
    patternIndex: createPhraseIndex(withPhrases(words.patterns, (pattern) => [pattern])),
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

function knownWords(phrases: readonly string[]): ReadonlySet<string> {
  const words = new Set<string>();
  for (const word of phrases.flatMap(splitWords)) {
    for (const form of inflectWord(word)) words.add(form);
    for (const form of inflectWord(dropPossessive(word))) words.add(form);
  }
  return words;
}
