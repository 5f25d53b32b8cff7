import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Budget } from "../../../src/style/budget.ts";
import { ITEM_COUNTS } from "../../../src/style/constraint/item-counts.ts";
import { createPurse, findHighestPrice, type Purse } from "../../../src/style/constraint/purse.ts";
import type { Garment } from "../../../src/style/lexicon.ts";
import { loadLexicon } from "../../../src/style/load-lexicon.ts";

const { garments } = loadLexicon("data/style");
const garmentNamed = (name: string) => {
  const garment = garments.find((each) => each.name === name);
  if (!garment) throw new Error(`no ${name}`);
  return garment;
};

const budgets: fc.Arbitrary<Budget> = fc
  .record({
    max: fc.oneof(
      fc.integer({ min: 3, max: 300 }),
      fc.integer({ min: 3, max: 1e9 }),
      fc.integer({ min: 300, max: 9000 }).map((cents) => cents / 100),
    ),
    share: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: null }),
  })
  .map(({ max, share }) => ({
    max,
    min: share === null ? null : Math.max(0.01, Math.floor(max * share * 100) / 100),
    currency: null,
  }));

interface Walk {
  readonly garments: readonly Garment[];
  /** Where in each offer the model picks: 0 the first price, just under 1 the last. */
  readonly picks: readonly number[];
  /** How many items it would have, and of how many it has no choice. */
  readonly wanted: number;
  readonly needed: number;
  /** From here on nothing else may join. */
  readonly end: number;
}

const walks: fc.Arbitrary<Walk> = fc.record({
  garments: fc.array(fc.constantFrom(...garments), { minLength: 6, maxLength: 6 }),
  picks: fc.array(fc.constantFrom(0, 0.25, 0.5, 0.75, 0.999), { minLength: 12, maxLength: 12 }),
  wanted: fc.integer({ min: 3, max: 6 }),
  needed: fc.integer({ min: 3, max: 6 }),
  end: fc.integer({ min: 3, max: 6 }),
});

/** Buys one outfit as the constraint does. */
function shop(purse: Purse, walk: Walk) {
  const bought: { min: number; max: number }[] = [];
  const end = Math.max(walk.end, walk.needed);
  const pick = (prices: readonly number[], at: number) =>
    prices[Math.floor((walk.picks[at] ?? 0) * prices.length)] ?? Number.NaN;
  for (const [index, garment] of walk.garments.entries()) {
    const count = index + 1;
    const missing = Math.max(0, walk.needed - count);
    const canGoOn = count < end;
    const offer = purse.offer(garment, { missing, expected: canGoOn ? 1 : 0, canGoOn });
    const min = pick(offer.minima, index * 2);
    const max = pick(offer.listMaxima(min), index * 2 + 1);
    bought.push({ min, max });
    purse.pay(max);
    const goesOn = canGoOn && purse.room >= Math.max(1, missing);
    const canEnd = missing === 0 && purse.isEnough;
    if (!goesOn || (canEnd && count >= walk.wanted)) return { bought, isComplete: canEnd };
  }
  return { bought, isComplete: false };
}

describe("a budget", () => {
  it("is kept whatever the model picks, and leads to an outfit", () => {
    fc.assert(
      fc.property(budgets, walks, fc.boolean(), (budget, walk, isWhole) => {
        fc.pre(!isWhole || budget.max >= 6);
        const purse = createPurse({ budget, counts: ITEM_COUNTS, isWhole });
        const { bought, isComplete } = shop(purse, walk);
        expect(isComplete).toBe(true);
        const sum = bought.reduce((total, { max }) => total + max, 0);
        expect(sum).toBeLessThanOrEqual(Math.round(budget.max * 100));
        expect(sum / 100).toBeGreaterThanOrEqual(budget.max * 0.55 - (isWhole ? 1 : 0.01));
        for (const { min, max } of bought) {
          expect(min).toBeGreaterThan(0);
          expect(min).toBeLessThanOrEqual(max);
          if (isWhole) expect(max % 100).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is reached at its lower bound", () => {
    fc.assert(
      fc.property(budgets, walks, (budget, walk) => {
        const { bought } = shop(createPurse({ budget, counts: ITEM_COUNTS, isWhole: false }), walk);
        const sum = bought.reduce((total, { max }) => total + max, 0);
        expect(sum).toBeGreaterThanOrEqual(Math.round((budget.min ?? 0) * 100));
      }),
      { numRuns: 2000 },
    );
  });

  it("is not eaten by a coat", () => {
    const purse = createPurse({
      budget: { min: null, max: 400, currency: "USD" },
      counts: ITEM_COUNTS,
      isWhole: false,
    });
    const { minima, listMaxima } = purse.offer(garmentNamed("overcoat"), {
      missing: 2,
      expected: 3,
      canGoOn: true,
    });
    const dearest = Math.max(...minima.flatMap(listMaxima));
    expect(dearest).toBeLessThan(30_000);
    expect(minima.length).toBeGreaterThan(5);
  });

  it("that pays for no outfit is none", () => {
    const purse = createPurse({
      budget: { min: null, max: 0.02, currency: null },
      counts: ITEM_COUNTS,
      isWhole: false,
    });
    expect(purse.isEnough).toBe(true);
    expect(purse.room).toBe(Number.POSITIVE_INFINITY);
  });
});

it("a budget of some size is spent in whole units", () => {
  const budget = { min: null, max: 60, currency: null };
  const { minima, listMaxima } = createPurse({ budget, counts: ITEM_COUNTS, isWhole: false }).offer(
    garmentNamed("loafers"),
    { missing: 1, expected: 2, canGoOn: true },
  );
  expect([...minima, ...minima.flatMap(listMaxima)].filter((cents) => cents % 100 !== 0)).toEqual([]);
});

it("no price is above the highest", () => {
  const outlook = { missing: 2, expected: 3, canGoOn: true };
  for (const max of [null, 0.02, 2, 2.5, 59.99, 300]) {
    const budget = max === null ? null : { min: null, max, currency: null };
    for (const isWhole of [true, false]) {
      const options = { budget, counts: ITEM_COUNTS, isWhole };
      const offers = garments.map((garment) => createPurse(options).offer(garment, outlook));
      const prices = offers.flatMap(({ minima, listMaxima }) => minima.flatMap(listMaxima));
      const dearest = prices.reduce((one, other) => Math.max(one, other));
      expect(dearest / 100).toBeLessThanOrEqual(findHighestPrice(options, garments));
    }
  }
  expect(findHighestPrice({ budget: null, counts: ITEM_COUNTS, isWhole: false }, garments)).toBeLessThan(
    5000,
  );
});

it("without a budget prices are those of the garment", () => {
  const purse = createPurse({ budget: null, counts: ITEM_COUNTS, isWhole: false });
  const outlook = { missing: 0, expected: 1, canGoOn: true };
  const strange = garments.filter((garment) => {
    const [low, high] = garment.price;
    const { minima, listMaxima } = purse.offer(garment, outlook);
    return minima.some((min) => {
      const maxima = listMaxima(min);
      const isUsual = (max: number) =>
        max >= min && max >= Math.round(low * 0.6) * 100 && max <= Math.max(1, Math.round(high * 1.9)) * 100;
      return maxima.length === 0 || !maxima.every(isUsual);
    });
  });
  expect(strange).toEqual([]);
});
