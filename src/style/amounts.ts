/** A number read in a text: its value (thousands marks and k/m resolved) and where it stands. */
export interface Amount {
  readonly value: number;
  readonly start: number;
  readonly end: number;
  /** 1000 for "2k", 1000000 for "1m", else 1. */
  readonly scale: number;
}

const NUMBER =
  /(?<!\d)(?<!\d[.,])(?:\d{1,3}(?:,\d{2})+,\d{3}|\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?|\d{1,3}(?: 000)+|\d{1,2} \d{3}|\d+(?:[.,]\d+)?)(?!\d)(?:(?:\s?(k|thousand|grand))(?![a-z])|m(?![a-z]))?/g;

/** What follows a number that is no money. */
const NOT_MONEY =
  /^\s?(?:%|percent|outfits?|looks?|people|persons?|pieces?|items?|things?|shoes|days?|nights?|weeks?|hours?|hrs?|years?|yrs?|cm|kg|lbs?|ft)(?![a-z])/;

/** Every amount of a folded text, in order; counts of things and percentages are left out. */
export function findAmounts(text: string): Amount[] {
  const amounts: Amount[] = [];
  for (const match of text.matchAll(NUMBER)) {
    const end = match.index + match[0].length;
    if (NOT_MONEY.test(text.slice(end))) continue;
    const scale = match[1] !== undefined ? 1000 : match[0].endsWith("m") ? 1_000_000 : 1;
    const digits = match[0].replace(/[^\d.,' ]/g, "").trim();
    amounts.push({ value: roundCents(parseDigits(digits) * scale), start: match.index, end, scale });
  }
  return amounts;
}

/** "1,200", "1.200", "1'200", "1 200" → 1200; "12,50" → 12.5; "1.200,50" → 1200.5: three digits after a lone mark are thousands. */
function parseDigits(digits: string): number {
  const compact = digits.replace(/[ ']/g, "");
  const mark = Math.max(compact.lastIndexOf("."), compact.lastIndexOf(","));
  if (mark < 0) return Number(compact);
  const fraction = compact.slice(mark + 1);
  const whole = compact.slice(0, mark).replace(/[.,]/g, "");
  const isDecimal = fraction.length !== 3 || Number(whole) === 0;
  return Number(isDecimal ? `${whole}.${fraction}` : `${whole}${fraction}`);
}

/** Half up, alike in TypeScript and Python. */
export function roundCents(value: number): number {
  return Math.floor(value * 100 + 0.5) / 100;
}
