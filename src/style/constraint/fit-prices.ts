import type { Budget } from "../budget.ts";
import type { Garment } from "../lexicon.ts";

/** Prices of one item in cents; `max` counts against the budget. */
export interface ItemPrices {
  readonly minCents: number;
  readonly maxCents: number;
}

export interface PriceFit {
  /** Prices for the next item, given the garments that are still expected after it. */
  next(garment: Garment, expected: readonly number[]): ItemPrices;
}

/** The hard check asks for 40 % of a budget; a plan that leaves nearly half of it unused helps nobody. */
const LEAST_SHARE = 0.55;
/** Where between the bounds the sum of upper prices aims, as plans mostly do. */
const AIM = 0.6;
/** Share of the budget kept for each item still expected. */
const RESERVED_SHARE = 0.05;
/** Lower price as a share of the upper one. */
const MIN_SHARE = 0.6;
/** Prices of this budget and more are whole units. */
const WHOLE_UNITS_FROM = 60;

/**
 * Spreads a budget over an outfit's items by the garments' usual prices. The sum of upper prices stays within the
 * budget, and reaches 55 % of it and its lower bound with the item after which nothing more is expected.
 */
export function createPriceFit(budget: Budget | null, random: () => number): PriceFit {
  return budget ? createBudgetFit(budget, random) : createFreeFit(random);
}

/** A garment's share of a budget: its usual price, dampened so that a coat does not eat the shoes. */
function weighGarment({ price: [low, high] }: Garment): number {
  return ((low + high) / 2) ** 0.8;
}

function createBudgetFit(budget: Budget, random: () => number): PriceFit {
  const step = budget.max >= WHOLE_UNITS_FROM ? 100 : 1;
  const upper = Math.floor((budget.max * 100) / step);
  const lower = Math.ceil(Math.max(budget.max * 100 * LEAST_SHARE, (budget.min ?? 0) * 100) / step);
  const aim = Math.min(upper, Math.max(lower, Math.round(lower + (upper - lower) * AIM)));
  const reserve = Math.max(1, Math.floor(upper * RESERVED_SHARE));
  let spent = 0;
  return {
    next(garment, expected) {
      const own = weighGarment(garment);
      const later = expected.reduce((sum, each) => sum + each, 0);
      const fair = ((aim - spent) * own) / (own + later);
      const jitter = later > 0 ? 0.9 + random() * 0.2 : 1;
      const highest = upper - spent - expected.length * reserve;
      const lowest = expected.length === 0 ? Math.max(1, lower - spent) : 1;
      const max = Math.max(lowest, Math.min(highest, roundPrice(fair * jitter, step)));
      spent += max;
      return { maxCents: max * step, minCents: Math.max(1, roundPrice(max * MIN_SHARE, step)) * step };
    },
  };
}

/** Without a budget an item costs what its kind usually costs. */
function createFreeFit(random: () => number): PriceFit {
  return {
    next({ price: [low, high] }) {
      const max = Math.max(2, roundPrice(low + (high - low) * (0.5 + random() * 0.5), 100));
      return { maxCents: max * 100, minCents: Math.max(1, roundPrice(max * MIN_SHARE, 100)) * 100 };
    },
  };
}

/** Shop prices: fives from 50, tens from 500, hundreds from 5000; exact below. */
function roundPrice(units: number, step: number): number {
  if (step === 1) return Math.round(units);
  const grain = units >= 5000 ? 100 : units >= 500 ? 10 : units >= 50 ? 5 : 1;
  return Math.round(units / grain) * grain;
}
