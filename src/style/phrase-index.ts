import { inflectWord } from "./inflect.ts";
import { splitWords } from "./text.ts";

/** Where a phrase stands: word positions `start` inclusive to `end` exclusive, and everything that owns the phrase. */
export interface PhraseMatch<T> {
  readonly phrase: string;
  readonly start: number;
  readonly end: number;
  readonly values: readonly T[];
}

/** Finds known phrases in a text on word bounds, longest first from left to right, never overlapping. */
export interface PhraseIndex<T> {
  find(text: string): PhraseMatch<T>[];
  findInWords(words: readonly string[]): PhraseMatch<T>[];
  /** The phrase that ends last, in its longest form: the head of an English noun phrase. */
  findLast(words: readonly string[]): PhraseMatch<T> | null;
  /** Values whose phrase is exactly this text. */
  get(text: string): readonly T[];
}

export function createPhraseIndex<T>(entries: Iterable<readonly [phrase: string, value: T]>): PhraseIndex<T> {
  const phrases = new Map<string, T[]>();
  let longest = 1;
  for (const [phrase, value] of entries) {
    const words = splitWords(phrase);
    longest = Math.max(longest, words.length);
    for (const spelling of inflectLast(words)) {
      const owners = phrases.get(spelling) ?? [];
      if (!owners.includes(value)) owners.push(value);
      phrases.set(spelling, owners);
    }
  }
  const findInWords = (words: readonly string[]): PhraseMatch<T>[] => {
    const matches: PhraseMatch<T>[] = [];
    let start = 0;
    while (start < words.length) {
      const match = longestAt({ words, start, longest, phrases });
      if (match) matches.push(match);
      start = match ? match.end : start + 1;
    }
    return matches;
  };
  return {
    find: (text) => findInWords(splitWords(text)),
    findInWords,
    findLast: (words) => lastIn({ words, longest, phrases }),
    get: (text) => phrases.get(splitWords(text).join(" ")) ?? [],
  };
}

function inflectLast(words: readonly string[]): string[] {
  const last = words.at(-1);
  if (last === undefined) return [];
  const head = words.slice(0, -1);
  return inflectWord(last).map((form) => [...head, form].join(" "));
}

function longestAt<T>(search: {
  words: readonly string[];
  start: number;
  longest: number;
  phrases: ReadonlyMap<string, readonly T[]>;
}): PhraseMatch<T> | null {
  const { words, start, longest, phrases } = search;
  for (let end = Math.min(words.length, start + longest); end > start; end--) {
    const phrase = words.slice(start, end).join(" ");
    const values = phrases.get(phrase);
    if (values) return { phrase, start, end, values };
  }
  return null;
}

function lastIn<T>(search: {
  words: readonly string[];
  longest: number;
  phrases: ReadonlyMap<string, readonly T[]>;
}): PhraseMatch<T> | null {
  const { words, longest, phrases } = search;
  for (let end = words.length; end > 0; end--) {
    for (let start = Math.max(0, end - longest); start < end; start++) {
      const phrase = words.slice(start, end).join(" ");
      const values = phrases.get(phrase);
      if (values) return { phrase, start, end, values };
    }
  }
  return null;
}
