/** Compatibility form, lower case, no diacritics, straight apostrophes: what every lexicon comparison starts from. */
export function foldText(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[’‘ʼ`´]/g, "'")
    .toLowerCase();
}

/**
 * Words of a text, folded: "Women's A-line skirt" → ["women's", "a", "line", "skirt"]. Hyphens separate, so that
 * "wide-leg" and "wide leg" are the same phrase.
 */
export function splitWords(text: string): string[] {
  return foldText(text).match(/[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)*/gu) ?? [];
}

/** A query word without its possessive: "women's" → "women", "boys'" is already "boys" here. */
export function dropPossessive(word: string): string {
  return word.endsWith("'s") ? word.slice(0, -2) : word;
}

/** One line without control or invisible characters and without chat-template marks, at most `limit` code points. */
export function flattenText(text: string, limit: number): string {
  const plain = text
    .replace(/<\|[^|<>]*\|>|<\/?s>/g, " ")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .replace(/[\p{Cf}\p{Cs}]/gu, "")
    .replace(/\p{Zs}+/gu, " ")
    .trim();
  const points = [...plain];
  return points.length <= limit ? plain : points.slice(0, limit).join("").trim();
}
