/** What the log's columns hold: 32 bits with a sign. */
const MOST = 2 ** 31 - 1;

/** A number of tokens as an upstream gave it; null for what is none, such as a fraction, -1 or 1e300. */
export function parseTokenCount(given: number | null | undefined): number | null {
  return given != null && Number.isInteger(given) && given >= 0 && given <= MOST ? given : null;
}
