/** GBNF for the integers from `minimum` to `maximum` (either may be missing), in plain decimal form without `-0`. */
export function createIntegerRange(
  minimum: number | undefined,
  maximum: number | undefined,
): string | undefined {
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) return undefined;
  const alternatives: string[] = [];
  if (minimum === undefined || minimum < 0) {
    // Negative numbers by magnitude: from max(1, -maximum) up to -minimum.
    const least = maximum !== undefined && maximum < 0 ? -maximum : 1;
    alternatives.push(`"-" (${createNaturalRange(least, minimum === undefined ? undefined : -minimum)})`);
  }
  if (maximum === undefined || maximum >= 0) {
    alternatives.push(createNaturalRange(Math.max(minimum ?? 0, 0), maximum));
  }
  return alternatives.join(" | ");
}

function createNaturalRange(least: number, most: number | undefined): string {
  const alternatives: string[] = [];
  const first = String(least);
  const lastLength = most === undefined ? first.length : String(most).length;
  for (let length = first.length; length <= lastLength; length++) {
    const low = length === first.length ? first : `1${"0".repeat(length - 1)}`;
    const high = most !== undefined && length === lastLength ? String(most) : "9".repeat(length);
    alternatives.push(createSameLengthRange(low, high));
  }
  if (most === undefined) alternatives.push(`[1-9] [0-9]{${first.length},16}`);
  return alternatives.join(" | ");
}

/** Decimal strings of one length from `low` to `high`. */
function createSameLengthRange(low: string, high: string): string {
  if (low === "") return `""`;
  const [lowDigit = "0", highDigit = "9"] = [low[0], high[0]];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  const any = lowRest.length === 0 ? "" : ` [0-9]{${lowRest.length}}`;
  const isWhole = /^0*$/.test(lowRest) && /^9*$/.test(highRest);
  if (isWhole) return `[${lowDigit}-${highDigit}]${any}`;
  if (lowDigit === highDigit) return `"${lowDigit}" (${createSameLengthRange(lowRest, highRest)})`;
  const alternatives = [`"${lowDigit}" (${createSameLengthRange(lowRest, "9".repeat(lowRest.length))})`];
  const [middleLow, middleHigh] = [Number(lowDigit) + 1, Number(highDigit) - 1];
  if (middleLow <= middleHigh) alternatives.push(`[${middleLow}-${middleHigh}]${any}`);
  alternatives.push(`"${highDigit}" (${createSameLengthRange("0".repeat(highRest.length), highRest)})`);
  return alternatives.join(" | ");
}
