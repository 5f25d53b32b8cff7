/** Leads a text that is stored as JSON because no database holds it as it is. */
const ESCAPED = "\u0001";

/**
 * Text as SQLite and PostgreSQL can both hold it. Lone surrogates have no UTF-8 form and PostgreSQL refuses NUL, so a
 * text with either is kept as U+0001 and its JSON; every other text stays itself and can be searched in SQL.
 */
export function encodeExactText(text: string): string {
  const isSafe = text.isWellFormed() && !text.includes("\u0000") && !text.startsWith(ESCAPED);
  return isSafe ? text : ESCAPED + JSON.stringify(text).replaceAll(ESCAPED, "\\u0001");
}

/** The inverse of `encodeExactText`. */
export function decodeExactText(stored: string): string {
  return stored.startsWith(ESCAPED) ? String(JSON.parse(stored.slice(1))) : stored;
}
