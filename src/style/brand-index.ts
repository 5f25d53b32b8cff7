import type { Brand } from "./lexicon.ts";
import { foldText } from "./text.ts";

/** Brands of the lexicon by any spelling of their name. */
export interface BrandIndex {
  /** The brand a text names exactly ("Levis", "LEVI'S"), else null. */
  get(text: string): Brand | null;
  /** Known spellings that hold a separator ("h & m", "dolce and gabbana"), longest first. */
  readonly joinedNames: readonly string[];
}

export function createBrandIndex(brands: readonly Brand[]): BrandIndex {
  const byKey = new Map<string, Brand>();
  const joined = new Set<string>();
  for (const brand of brands) {
    for (const name of [brand.name, ...brand.aliases]) {
      const key = brandKey(name);
      if (!byKey.has(key)) byKey.set(key, brand);
      const compact = key.replaceAll(" ", "");
      if (!byKey.has(compact)) byKey.set(compact, brand);
      for (const spelling of joinedSpellings(name)) joined.add(spelling);
    }
  }
  return {
    get: (text) => byKey.get(brandKey(text)) ?? null,
    joinedNames: [...joined].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)),
  };
}

/** Spelling-blind form of a brand name: "Levi's" → "levis", "H & M" → "h and m". */
export function brandKey(text: string): string {
  return foldText(text)
    .replace(/['.]/g, "")
    .replace(/&/g, " and ")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

function joinedSpellings(name: string): string[] {
  const text = foldText(name);
  if (!/[&/+,;]|\band\b/.test(text)) return [];
  return [
    text,
    text.replace(/\s*&\s*/g, " & "),
    text.replace(/\s*&\s*/g, " and "),
    text.replace(/ and /g, " & "),
  ].map((spelling) => spelling.trim());
}
