/** Leads a text that is stored as JSON because no database holds it as it is. */
const ESCAPED = "\u0001";

/**
 * Text as SQLite and PostgreSQL can both hold it. Lone surrogates have no UTF-8 form and PostgreSQL refuses NUL, so a
 * text with either is kept as U+0001 and its JSON; every other text stays itself and can be searched in SQL.
 */
export function encodeExactText(text: string): string {
  return isStoredPlainly(text) && !text.startsWith(ESCAPED)
    ? text
    : ESCAPED + JSON.stringify(text).replaceAll(ESCAPED, "\\u0001");
}

/** False for a text that stands in no database: what holds it is kept as JSON. */
export function isStoredPlainly(text: string): boolean {
  return text.isWellFormed() && !text.includes("\u0000");
}

/** The inverse of `encodeExactText`. What it did not write comes back as it is: one odd row must not end every page. */
export function decodeExactText(stored: string): string {
  if (!stored.startsWith(ESCAPED)) return stored;
  try {
    return String(JSON.parse(stored.slice(1)));
  } catch {
    return stored;
  }
}
