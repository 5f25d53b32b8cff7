/** Prices in cents that a shop would ask. */
export interface PriceBand {
  /** A multiple of `finest`, as `highest` is. */
  readonly lowest: number;
  readonly highest: number;
  /** 100 where prices are whole units, else 1. */
  readonly finest: number;
}

/** A band that holds fewer shop prices than this is divided more finely. */
const FEW_PRICES = 4;

/** Shop prices within a band, in order; at least one where the band is not empty. */
export function listShopPrices({ lowest, highest, finest }: PriceBand): number[] {
  for (let finer = 0; ; finer++) {
    const grainOf = (cents: number) => Math.max(finest, refine(pickGrain(cents), finer));
    const prices: number[] = [];
    for (let price = lowest; price <= highest; ) {
      const grain = grainOf(price);
      if (price % grain === 0) prices.push(price);
      price = (Math.floor(price / grain) + 1) * grain;
    }
    if (prices.length >= FEW_PRICES || grainOf(highest) === finest) return prices;
  }
}

/**
 * What prices are multiples of, much as in the training data: halves up to 4 units, units up to 60, fives up to 100.
 * From there on two digits tell a price: the others are zeros, and forced.
 */
function pickGrain(cents: number): number {
  if (cents < 400) return 50;
  if (cents < 6000) return 100;
  if (cents < 10_000) return 500;
  return 10 ** (Math.floor(Math.log10(cents)) - 1);
}

/** `times` steps down in 1, 5, 10, 50, 100, 500 … */
function refine(grain: number, times: number): number {
  const step = Math.round(2 * Math.log10(grain)) - times;
  if (step <= 0) return 1;
  return step % 2 === 0 ? 10 ** (step / 2) : 5 * 10 ** ((step - 1) / 2);
}
