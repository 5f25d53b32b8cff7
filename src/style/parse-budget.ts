import { type Amount, findAmounts, roundCents } from "./amounts.ts";
import type { Budget } from "./budget.ts";
import { dropCurrencies, findCurrency } from "./currencies.ts";
import { foldText } from "./text.ts";

/** Amounts beyond this are typing errors, not budgets. */
const MAX_AMOUNT = 1_000_000_000;

/** Where one amount bounds the budget, as told by the words beside it. */
type Bound = "upper" | "lower" | "around" | "plain";

const UPPER_BEFORE =
  /(?:under|below|less than|lower than|cheaper than|up ?to|upto|to|until|till|no more than|not more than|not over|no over|not above|not exceed(?:ing)?|never over|at most|within|inside|max(?:imum)?|limit|cap(?:ped)?(?: at)?|ceiling|<=?|≤)(?: (?:of|is|at|about|around|the|a|budget|total))*\s*[:=]?\s*$/;
const LOWER_BEFORE =
  /(?:at least|from|over|above|more than|not less than|no less than|north of|min(?:imum)?|start(?:ing|s)? (?:at|from)|upwards of|>=?|≥)(?: (?:of|is|about|around))*\s*[:=]?\s*$/;
/** "don't want to spend more than", "nothing over": a lower-bound word that is denied bounds from above. */
const DENIED_LOWER =
  /(?:\bno\b|\bnot\b|n't\b|\bdont\b|\bcant\b|nothing|never|without|avoid)[^.;]*(?:over|above|more than|north of)\D*$/;
const AROUND_BEFORE =
  /(?:around|about|approx(?:imately)?\.?|roughly|circa|ca\.?|~|≈|nearly|close to|more or less|somewhere near)\s*[:=]?\s*$/;
const UPPER_AFTER =
  /^\s*(?:max(?:imum)?|or less|or under|or below|and under|tops|at most|limit|cap|ceiling)(?![a-z])/;
const LOWER_AFTER = /^\s*(?:\+|plus|or more|or above|and up|and above|min(?:imum)?|upwards)(?![a-z])/;
const AROUND_AFTER = /^\s*-?\s*(?:ish|or so|give or take|approx(?:imately)?|or thereabouts)(?![a-z])/;
const RANGE_GAP = /^\s*(?:-+|to|till|until|through|thru|or|\/|~|\.\.+|and|&|a|bis|up to)\s*$/;

/**
 * Reads a budget as users type it: "$200-300", "under 150", "1,200 EUR", "1.200 €", "200 to 300", "around 500 usd",
 * "£80", "2k". Null when no upper bound can be read ("no limit", "", "0").
 *
 * A lone number is an upper bound. "around n" is 80 % to 100 % of n, so that a plan is right under a strict reading
 * as well; "from n" is n to 2n, since plans need an upper bound.
 */
export function parseBudget(text: string): Budget | null {
  const folded = foldText(text)
    .replace(/[‐-―−]/g, "-")
    .replace(/\s+/g, " ")
    .trim();
  const currency = findCurrency(folded);
  const bounds = readBounds(folded);
  if (!bounds || bounds.max > MAX_AMOUNT || bounds.max <= 0) return null;
  const min = bounds.min !== null && bounds.min > 0 ? bounds.min : null;
  return { min, max: bounds.max, currency };
}

interface Bounds {
  readonly min: number | null;
  readonly max: number;
}

interface ClassedAmount extends Amount {
  readonly bound: Bound;
}

function readBounds(text: string): Bounds | null {
  const amounts = findAmounts(text);
  const range = findRange(text, amounts);
  if (range) return range;
  const classed = classifyAmounts(text, amounts);
  const pick = (bound: Bound) => classed.find((amount) => amount.bound === bound)?.value ?? null;
  const upper = pick("upper");
  const lower = pick("lower");
  const around = pick("around");
  if (upper !== null) return { min: lower !== null && lower <= upper ? lower : null, max: upper };
  if (around !== null) return { min: roundCents(around * 0.8), max: around };
  if (lower !== null) return { min: lower, max: lower * 2 };
  const first = classed.find((amount) => touchesCurrency(text, amount)) ?? classed[0];
  return first ? { min: null, max: isNegative(text, first) ? 0 : first.value } : null;
}

/** Two neighbouring amounts with only a range word (and currency) between: "200-300", "$200 to $300", "between 1 and 2k". */
function findRange(text: string, amounts: readonly Amount[]): Bounds | null {
  for (const [index, first] of amounts.entries()) {
    const second = amounts[index + 1];
    if (!second) return null;
    const gap = dropCurrencies(text.slice(first.end, second.start));
    if (!RANGE_GAP.test(gap) || isNegative(text, first)) continue;
    if (/^\s*and\s*$/.test(gap) && !/between|from|btw/.test(text.slice(0, first.start))) continue;
    // "1-2k" means 1k to 2k.
    const shared = first.scale === 1 && second.scale > 1 && first.value < second.value / second.scale;
    const low = shared ? first.value * second.scale : first.value;
    return { min: Math.min(low, second.value), max: Math.max(low, second.value) };
  }
  return null;
}

function classifyAmounts(text: string, amounts: readonly Amount[]): ClassedAmount[] {
  const classed: ClassedAmount[] = [];
  // The words between two amounts belong to one of them only: "200 min, 300 max".
  let readFrom = 0;
  for (const [index, amount] of amounts.entries()) {
    const before = dropCurrencies(text.slice(readFrom, amount.start));
    const after = dropCurrencies(text.slice(amount.end, amounts[index + 1]?.start ?? text.length));
    const prefix = classifyPrefix(before);
    const suffix = prefix ? null : classifySuffix(after);
    readFrom = suffix ? (amounts[index + 1]?.start ?? text.length) : amount.end;
    classed.push({ ...amount, bound: prefix ?? suffix ?? "plain" });
  }
  return classed;
}

function classifyPrefix(before: string): Bound | null {
  // "no more than" ends in "more than": upper bounds are tried first.
  if (UPPER_BEFORE.test(before) || DENIED_LOWER.test(before)) return "upper";
  if (LOWER_BEFORE.test(before)) return "lower";
  return AROUND_BEFORE.test(before) ? "around" : null;
}

function classifySuffix(after: string): Bound | null {
  if (UPPER_AFTER.test(after)) return "upper";
  if (LOWER_AFTER.test(after)) return "lower";
  return AROUND_AFTER.test(after) ? "around" : null;
}

function touchesCurrency(text: string, amount: Amount): boolean {
  const before = text.slice(Math.max(0, amount.start - 4), amount.start);
  const after = text.slice(amount.end, amount.end + 8);
  return findCurrency(before) !== null || findCurrency(after) !== null;
}

function isNegative(text: string, amount: Amount): boolean {
  return /^\s*-\s*$/.test(dropCurrencies(text.slice(0, amount.start)));
}
