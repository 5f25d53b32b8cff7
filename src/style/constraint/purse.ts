import type { Budget } from "../budget.ts";
import type { Garment } from "../lexicon.ts";
import type { ItemCounts } from "./item-counts.ts";
import { listShopPrices } from "./shop-prices.ts";

/** What an outfit may cost. `max` prices count against the budget; all amounts are cents. */
export interface Purse {
  /** How many more items it can pay for. */
  readonly room: number;
  /** The outfit may end with what is spent. */
  readonly isEnough: boolean;
  /** The prices of the next item that leave a way to end the outfit. */
  offer(garment: Garment, outlook: Outlook): PriceOffer;
  pay(max: number): void;
}

/** What can come after an item. */
interface Outlook {
  /** Fewest items that have to. */
  readonly missing: number;
  /** Items that mostly do. */
  readonly expected: number;
  /** Another item can come at all. */
  readonly canGoOn: boolean;
}

/** Neither list is empty, whatever was chosen of the first. */
export interface PriceOffer {
  readonly minima: readonly number[];
  listMaxima(min: number): readonly number[];
}

/** The hard check asks for 40 % of a budget; a plan that leaves nearly half of it unused helps nobody. */
const LEAST_SHARE = 0.55;
/** Where a fair share of the budget leads to, as plans mostly do. */
const AIM_SHARE = 0.9;
/** Share of the budget kept for each item that is still to come: less buys nothing that goes with the others. */
const RESERVED_SHARE = 0.09;
/** The model may go this far below and above what is fair. */
const LEAST_OF_FAIR = 0.65;
const MOST_OF_FAIR = 1.5;
/** Lower price as a share of the upper one, as in the training data. */
const LEAST_MIN_SHARE = 0.45;
const MOST_MIN_SHARE = 0.8;
/** Prices of this budget and more are whole units. */
const WHOLE_UNITS_FROM = 60;
/** Weights of items that are not chosen yet: those that have to come are main pieces, the others mostly small ones. */
const MISSING_WEIGHT = 35;
const EXPECTED_WEIGHT = 22;
/** Without a budget, how far prices may be off a garment's usual ones. */
const FREE_LEAST = 0.6;
const FREE_MOST = 1.9;

export interface PurseOptions {
  readonly budget: Budget | null;
  readonly counts: ItemCounts;
  /** No cents, however small the budget. */
  readonly isWhole: boolean;
}

/**
 * The sum of upper prices stays within the budget, and the outfit can always be brought to 55 % of it and its lower
 * bound. A budget that does not pay for as many items as there must be is none.
 */
export function createPurse({ budget, counts, isWhole }: PurseOptions): Purse {
  const bounds = readUsableBounds({ budget, counts, isWhole });
  return bounds === null ? FREE_PURSE : createBudgetPurse(bounds);
}

/** The highest price that such a purse asks for, in units: all of the budget, or that of the dearest garment. */
export function findHighestPrice(options: PurseOptions, garments: readonly Garment[]): number {
  const bounds = readUsableBounds(options);
  if (bounds !== null) return bounds.upper / 100;
  return Math.max(...garments.map(findHighestFree)) / 100;
}

function readUsableBounds({ budget, counts, isWhole }: PurseOptions): Bounds | null {
  const bounds = budget && readBounds(budget, isWhole);
  return bounds && bounds.upper >= counts.least * bounds.finest ? bounds : null;
}

interface Bounds {
  readonly lower: number;
  readonly upper: number;
  /** All prices are multiples of it, and the bounds too. */
  readonly finest: number;
}

function readBounds(budget: Budget, isWhole: boolean): Bounds {
  const least = Math.max(budget.max * LEAST_SHARE, budget.min ?? 0) * 100;
  const most = budget.max * 100;
  const round = (finest: number): Bounds => ({
    lower: Math.ceil(Math.round(least) / finest) * finest,
    upper: Math.floor(Math.round(most) / finest) * finest,
    finest,
  });
  const whole = round(100);
  if (isWhole || (budget.max >= WHOLE_UNITS_FROM && whole.lower <= whole.upper)) {
    // Between bounds without a whole unit the upper one counts.
    return { ...whole, lower: Math.min(whole.lower, whole.upper) };
  }
  return round(1);
}

function createBudgetPurse({ lower, upper, finest }: Bounds): Purse {
  const aim = Math.max(upper * AIM_SHARE, (lower + upper) / 2);
  const reserve = Math.max(1, Math.floor((upper * RESERVED_SHARE) / finest)) * finest;
  let spent = 0;

  function listMaxima(garment: Garment, { missing, expected, canGoOn }: Outlook): number[] {
    const left = upper - spent;
    const own = weighGarment(garment);
    const later = missing * MISSING_WEIGHT + Math.max(0, expected - missing) * EXPECTED_WEIGHT;
    const share = own / (own + later);
    const fair = Math.max((aim - spent) * share, reserve);
    const least = canGoOn ? finest : Math.max(finest, lower - spent);
    const most = Math.max(least, left - missing * reserve);
    const lowest = clamp(Math.round((fair * LEAST_OF_FAIR) / finest) * finest, least, most);
    const highest = clamp(Math.round((fair * MOST_OF_FAIR) / finest) * finest, lowest, most);
    /** With it the outfit may end, or there is money for what has to follow. */
    const leadsOn = (max: number) =>
      (missing === 0 && spent + max >= lower) ||
      (canGoOn && spent + max + Math.max(1, missing) * reserve <= upper);
    const prices = listShopPrices({ lowest, highest, finest }).filter(leadsOn);
    if (prices.length > 0) return prices;
    const others = listShopPrices({ lowest: least, highest: most, finest }).filter(leadsOn);
    return others.length > 0 ? others : [most];
  }

  return {
    get room() {
      return Math.floor((upper - spent) / reserve);
    },
    get isEnough() {
      return spent >= lower;
    },
    offer: (garment, outlook) => createOffer(listMaxima(garment, outlook), finest),
    pay(max) {
      spent += max;
    },
  };
}

/** Without a budget an item costs about what its kind usually costs. */
const FREE_PURSE: Purse = {
  room: Number.POSITIVE_INFINITY,
  isEnough: true,
  offer(garment) {
    const highest = findHighestFree(garment);
    return createOffer(listShopPrices({ lowest: findLowestFree(garment), highest, finest: 100 }), 100);
  },
  pay() {},
};

function findLowestFree({ price: [low] }: Garment): number {
  return Math.max(1, Math.round(low * FREE_LEAST)) * 100;
}

function findHighestFree(garment: Garment): number {
  const [, high] = garment.price;
  return Math.max(findLowestFree(garment), Math.round(high * FREE_MOST) * 100);
}

/** A garment's share of a budget: its usual price, dampened so that a coat does not eat the shoes. */
function weighGarment({ price: [low, high] }: Garment): number {
  return ((low + high) / 2) ** 0.8;
}

function createOffer(maxima: readonly number[], finest: number): PriceOffer {
  const [lowest = finest] = maxima;
  const highest = maxima.at(-1) ?? lowest;
  const listMaxima = (min: number) =>
    maxima.filter((max) => min >= max * LEAST_MIN_SHARE && min <= max * MOST_MIN_SHARE);
  const candidates = listShopPrices({
    lowest: Math.max(1, Math.ceil((lowest * LEAST_MIN_SHARE) / finest)) * finest,
    highest: Math.floor((highest * MOST_MIN_SHARE) / finest) * finest,
    finest,
  });
  // A lower price that leaves no choice of the upper one is not on offer, unless none leaves any.
  for (const least of [2, 1]) {
    const minima = candidates.filter((min) => listMaxima(min).length >= least);
    if (minima.length > 0) return { minima, listMaxima };
  }
  // Prices too small to lie apart are the same.
  return { minima: [lowest], listMaxima: () => maxima };
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(highest, Math.max(lowest, value));
}
