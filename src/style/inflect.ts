/** A word with its likely singular and plural spellings: "dress" → dress, dresses; "boots" → boots, boot. */
export function inflectWord(word: string): string[] {
  const forms = new Set([word]);
  if (word.length < 3) {
    return [...forms, ...(word.length === 2 ? [`${word}s`] : [])];
  }
  if (/(ss|sh|ch|x|z)$/.test(word)) {
    forms.add(`${word}es`);
  } else if (/[^aeiou]ies$/.test(word)) {
    forms.add(`${word.slice(0, -3)}y`).add(word.slice(0, -1));
  } else if (/(ss|sh|ch|x|z)es$/.test(word)) {
    forms.add(word.slice(0, -2)).add(word.slice(0, -1));
  } else if (/[^aeiou]ves$/.test(word) || /[aeo]ves$/.test(word)) {
    forms.add(word.slice(0, -1)).add(`${word.slice(0, -3)}f`);
  } else if (word.endsWith("s")) {
    forms.add(word.slice(0, -1));
  } else if (/[^aeiou]y$/.test(word)) {
    forms.add(`${word.slice(0, -1)}ies`);
  } else {
    forms.add(`${word}s`);
    if (word.endsWith("f")) forms.add(`${word.slice(0, -1)}ves`);
    if (word.endsWith("o")) forms.add(`${word}es`);
  }
  return [...forms];
}

/** "ruffles", "ruffled" and "ruffle" share a stem; enough for material words, not for language at large. */
export function stemWord(word: string): string {
  return word.replace(/(?:ed|es|s|e)$/, "");
}
