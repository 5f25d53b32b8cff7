import type { Decimal } from "./decimal.ts";

export interface Bound {
  readonly value: Decimal;
  readonly isIncluded: boolean;
}

const ANY_FRACTION = "(?:\\.\\d+)?";
const ANY_MAGNITUDE = `(?:0|[1-9]\\d*)${ANY_FRACTION}`;

/** Source of a pattern for the decimal numbers that are not below the bound. */
export function createLowerBoundPattern({ value, isIncluded }: Bound): string {
  if (!value.isNegative) return anchor(createAtLeast(value, isIncluded));
  return anchor(`${ANY_MAGNITUDE}|-(?:${createAtMost(value, isIncluded)})`);
}

/** Source of a pattern for the decimal numbers that are not above the bound. */
export function createUpperBoundPattern({ value, isIncluded }: Bound): string {
  if (value.isNegative) return anchor(`-(?:${createAtLeast(value, isIncluded)})`);
  return anchor(`-${ANY_MAGNITUDE}|${createAtMost(value, isIncluded)}`);
}

function anchor(source: string): string {
  return `^(?:${source})$`;
}

/** Magnitudes from the bound up. */
function createAtLeast({ whole, fraction }: Decimal, isIncluded: boolean): string {
  const longer = `[1-9]\\d{${whole.length},}`;
  const greater = [longer, ...listDifferent(whole, "greater").map(padTo(whole.length))];
  return `(?:${greater.join("|")})${ANY_FRACTION}|${whole}${createFractionAtLeast(fraction, isIncluded)}`;
}

function createFractionAtLeast(fraction: string, isIncluded: boolean): string {
  const more = "\\d*[1-9]\\d*";
  if (fraction === "") return isIncluded ? ANY_FRACTION : `\\.${more}`;
  const greater = listDifferent(fraction, "greater").map(({ source }) => `${source}\\d*`);
  return `\\.(?:${[...greater, `${fraction}${isIncluded ? "\\d*" : more}`].join("|")})`;
}

/** Magnitudes up to the bound; with nothing below, a pattern that never matches. */
function createAtMost({ whole, fraction }: Decimal, isIncluded: boolean): string {
  const smaller = listDifferent(whole, "smaller").map(padTo(whole.length));
  if (whole.length > 1) smaller.push(`0|[1-9]\\d{0,${whole.length - 2}}`);
  const alternatives = smaller.length === 0 ? [] : [`(?:${smaller.join("|")})${ANY_FRACTION}`];
  const equal = createFractionAtMost(fraction, isIncluded);
  if (equal !== undefined) alternatives.push(`${whole}${equal}`);
  return alternatives.length === 0 ? "[]" : alternatives.join("|");
}

function createFractionAtMost(fraction: string, isIncluded: boolean): string | undefined {
  if (fraction === "") return isIncluded ? "(?:\\.0+)?" : undefined;
  const smaller = listDifferent(fraction, "smaller").map(({ source }) => `${source}\\d*`);
  // Digits that are missing are zeros: a shorter fraction is smaller.
  const shorter = Array.from({ length: fraction.length - 1 }, (_, index) => fraction.slice(0, index + 1));
  const same = isIncluded ? [`${fraction}0*`] : [];
  return `(?:\\.(?:${[...smaller, ...shorter, ...same].join("|")}))?`;
}

interface Prefix {
  readonly source: string;
  readonly length: number;
}

/** Digits as far as the first that differs, which makes the number greater or smaller. */
function listDifferent(digits: string, side: "greater" | "smaller"): Prefix[] {
  return [...digits].flatMap((digit, index) => {
    // A whole number does not begin with a zero unless that is all.
    const [low, high] = side === "greater" ? [Number(digit) + 1, 9] : [0, Number(digit) - 1];
    return low > high ? [] : [{ source: `${digits.slice(0, index)}[${low}-${high}]`, length: index + 1 }];
  });
}

function padTo(length: number): (prefix: Prefix) => string {
  return (prefix) => `${prefix.source}\\d{${length - prefix.length}}`;
}
