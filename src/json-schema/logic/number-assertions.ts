import type { Assertion } from "./branch.ts";

/** Whether a number meets every assertion. */
export function isNumberMeeting(assertions: readonly Assertion[], value: number): boolean {
  return assertions.every(({ keyword, value: bound, sign }) => holds(keyword, value, Number(bound)) === sign);
}

function holds(keyword: string, value: number, bound: number): boolean {
  switch (keyword) {
    case "minimum":
      return value >= bound;
    case "maximum":
      return value <= bound;
    case "exclusiveMinimum":
      return value > bound;
    case "exclusiveMaximum":
      return value < bound;
    default:
      return isMultiple(value, bound);
  }
}

/** In decimal, as both are written: 0.3 is a multiple of 0.1, whatever their binary forms say. */
export function isMultiple(value: number, step: number): boolean {
  const [left, right] = [readDecimal(value), readDecimal(step)];
  const exponent = Math.min(left.exponent, right.exponent);
  // A quotient this long would only be computed for a hostile pair; no finite answer is wrong by it.
  if (Math.max(left.exponent, right.exponent) - exponent > 700) return value === 0;
  const scale = ({ digits, exponent: own }: { digits: bigint; exponent: number }) =>
    digits * 10n ** BigInt(own - exponent);
  return scale(left) % scale(right) === 0n;
}

function readDecimal(value: number): { digits: bigint; exponent: number } {
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

interface NumberRange {
  readonly low: number;
  readonly isLowIncluded: boolean;
  readonly high: number;
  readonly isHighIncluded: boolean;
}

/** The range that the bounds leave, the negated ones turned round. */
function findRange(assertions: readonly Assertion[]): NumberRange {
  let range: NumberRange = {
    low: Number.NEGATIVE_INFINITY,
    isLowIncluded: true,
    high: Number.POSITIVE_INFINITY,
    isHighIncluded: true,
  };
  for (const { keyword, value, sign } of assertions) {
    if (keyword === "multipleOf") continue;
    const bound = Number(value);
    const isLower = keyword === "minimum" || keyword === "exclusiveMinimum";
    const isIncluded = (keyword === "minimum" || keyword === "maximum") === sign;
    range = isLower === sign ? raiseLow(range, bound, isIncluded) : lowerHigh(range, bound, isIncluded);
  }
  return range;
}

function raiseLow(range: NumberRange, low: number, isIncluded: boolean): NumberRange {
  if (low < range.low) return range;
  const isLowIncluded = low === range.low ? range.isLowIncluded && isIncluded : isIncluded;
  return { ...range, low, isLowIncluded };
}

function lowerHigh(range: NumberRange, high: number, isIncluded: boolean): NumberRange {
  if (high > range.high) return range;
  const isHighIncluded = high === range.high ? range.isHighIncluded && isIncluded : isIncluded;
  return { ...range, high, isHighIncluded };
}

/** True only when certain: a range without a number of this kind, or without a multiple that is asked for. */
export function isNumberRangeEmpty(assertions: readonly Assertion[], kind: "integer" | "fraction"): boolean {
  const { low, isLowIncluded, high, isHighIncluded } = findRange(assertions);
  if (low > high || (low === high && !(isLowIncluded && isHighIncluded))) return true;
  const multiples = assertions.filter(({ keyword }) => keyword === "multipleOf");
  if (kind === "fraction") {
    if (low === high && Number.isInteger(low)) return true;
    return multiples.some(({ value, sign }) => sign && Number.isInteger(value));
  }
  const first = Math.ceil(low) + (Number.isInteger(low) && !isLowIncluded ? 1 : 0);
  const last = Math.floor(high) - (Number.isInteger(high) && !isHighIncluded ? 1 : 0);
  if (first > last) return true;
  if (!(last - first <= MAX_TRIED) || multiples.length === 0) return false;
  for (let value = first; value <= last; value++) if (isNumberMeeting(multiples, value)) return false;
  return true;
}

const MAX_TRIED = 200;
