import type { Budget } from "../../style/budget.ts";
import type { Garment } from "../../style/lexicon.ts";
import type { Chooser } from "./random.ts";

export interface ItemPrice {
  readonly min: string;
  readonly max: string;
}

/** What a brand tier makes of a garment's usual price. */
const TIER_FACTOR = [0.6, 0.7, 1, 1.9, 7] as const;

export interface PriceRequest {
  readonly garments: readonly Garment[];
  readonly tiers: readonly number[];
  readonly budget: Budget | null;
  readonly chooser: Chooser;
}

/**
 * A price range for each garment: shares by its usual price, sums of `max` at 72 to 99 % of the budget's upper bound
 * and not under its lower one. Without a budget, usual prices of the brand's tier in US dollars.
 */
export function priceItems(request: PriceRequest): ItemPrice[] {
  const { garments, tiers, budget, chooser } = request;
  const usual = garments.map((garment, index) => {
    const [low, high] = garment.price;
    return (
      (low + (high - low) * chooser.between(0.25, 0.65)) *
      (budget ? 1 : (TIER_FACTOR[tiers[index] ?? 2] ?? 1))
    );
  });
  const maxima = budget
    ? fitBudget(usual, { budget, chooser })
    : usual.map((value) => roundPrice(value, value));
  return maxima.map((max) => {
    const min = max < 4 ? max * 0.5 : roundPrice(max * chooser.between(0.45, 0.78), max);
    return { min: formatPrice(Math.max(0, Math.min(min, max))), max: formatPrice(max) };
  });
}

function fitBudget(usual: readonly number[], by: { budget: Budget; chooser: Chooser }): number[] {
  const { budget, chooser } = by;
  const least = Math.max(0.72, ((budget.min ?? 0) / budget.max) * 1.03);
  const target = budget.max * Math.min(0.99, chooser.between(Math.min(least, 0.97), 0.99));
  // The dearer half of a big difference is flattened, so that a coat leaves money for shoes.
  const weights = usual.map((value) => value ** 0.85);
  const total = weights.reduce((sum, value) => sum + value, 0);
  const raw = weights.map((weight) => (target * weight) / total);
  const maxima = raw.map((value) => roundPrice(value, value));
  return correctSum(maxima, budget);
}

/** Rounding may carry the sum over the bounds: the dearest item gives way. */
function correctSum(maxima: readonly number[], { min, max }: Budget): number[] {
  const sum = maxima.reduce((total, value) => total + value, 0);
  const excess = sum > max ? sum - max : min !== null && sum < min ? sum - min : 0;
  if (excess === 0) return [...maxima];
  const dearest = maxima.indexOf(Math.max(...maxima));
  return maxima.map((value, index) => (index === dearest ? Math.round((value - excess) * 100) / 100 : value));
}

/** Steps people price in: 1 below 60, then 5, 10, 50 … by size; cents only for tiny sums. */
function roundPrice(value: number, scale: number): number {
  if (scale < 4) return Math.max(0.5, Math.round(value * 2) / 2);
  const step =
    scale < 60 ? 1 : scale < 400 ? 5 : scale < 2000 ? 10 : 10 ** Math.floor(Math.log10(scale)) / 20;
  return Math.max(step, Math.round(value / step) * step);
}

function formatPrice(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
