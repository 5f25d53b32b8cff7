import fc from "fast-check";
import { expect, it } from "vitest";
import { listShopPrices } from "../../../src/style/constraint/shop-prices.ts";

it("finds prices in every band, each of them inside", () => {
  const bands = fc
    .record({ finest: fc.constantFrom(1, 100), lowest: fc.integer({ min: 1, max: 1e8 }), width: fc.nat(1e7) })
    .map(({ finest, lowest, width }) => ({
      finest,
      lowest: lowest * finest,
      highest: lowest * finest + Math.floor(width / finest) * finest,
    }));
  fc.assert(
    fc.property(bands, (band) => {
      const prices = listShopPrices(band);
      expect(prices.length).toBeGreaterThan(0);
      expect(prices).toEqual([...new Set(prices)].sort((a, b) => a - b));
      for (const price of prices) {
        expect(price).toBeGreaterThanOrEqual(band.lowest);
        expect(price).toBeLessThanOrEqual(band.highest);
        expect(price % band.finest).toBe(0);
      }
    }),
  );
});

it("steps as shops do, the dearer the wider", () => {
  const inUnits = (lowest: number, highest: number) =>
    listShopPrices({ lowest: lowest * 100, highest: highest * 100, finest: 100 }).map((cents) => cents / 100);
  expect(inUnits(20, 25)).toEqual([20, 21, 22, 23, 24, 25]);
  expect(inUnits(57, 71)).toEqual([57, 58, 59, 60, 65, 70]);
  expect(inUnits(85, 130)).toEqual([85, 90, 95, 100, 110, 120, 130]);
  expect(inUnits(2400, 2800)).toEqual([2400, 2500, 2600, 2700, 2800]);
});

it("divides a narrow band more finely", () => {
  expect(listShopPrices({ lowest: 13_700, highest: 13_900, finest: 100 })).toEqual([13_700, 13_800, 13_900]);
  expect(listShopPrices({ lowest: 301, highest: 350, finest: 1 })).toEqual([310, 320, 330, 340, 350]);
});
