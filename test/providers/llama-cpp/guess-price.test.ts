import { expect, it } from "vitest";
import { createGuessPrice, type GuessPrice } from "../../../src/providers/llama-cpp/engine/guess-price.ts";

/** Decodes of 1 to 8 tokens that take `base` and `slope` a token, a tenth more or less. */
function recordMany(price: GuessPrice, { base, slope }: { base: number; slope: number }, count = 200): void {
  for (let index = 0; index < count; index++) {
    const tokens = [1, 1, 2, 1, 5, 8, 1, 2, 3][index % 9] ?? 1;
    const noise = 1 + ((index * 7) % 11) / 50 - 0.1;
    price.record({ tokens, ms: (base + slope * tokens) * noise });
  }
}

it("is what was measured, whatever it was taken for", () => {
  const price = createGuessPrice({ isCpu: true });
  recordMany(price, { base: 4, slope: 6 });
  expect(price.value).toBeCloseTo(0.6, 1);
  recordMany(price, { base: 8, slope: 2 }, 2000);
  expect(price.value).toBeCloseTo(0.2, 1);
});

it("is assumed until decodes of several lengths were timed", () => {
  const price = createGuessPrice({ isCpu: true });
  const assumed = price.value;
  expect(createGuessPrice({ isCpu: false }).value).toBeLessThan(assumed);
  for (let index = 0; index < 500; index++) price.record({ tokens: 1, ms: 10 + (index % 3) });
  expect(price.value).toBe(assumed);
  // A prompt's part is no decode of guesses.
  for (let index = 0; index < 500; index++) price.record({ tokens: 64, ms: 400 });
  expect(price.value).toBe(assumed);
});

it("is not led astray by decodes that other work held up, nor by nonsense", () => {
  const price = createGuessPrice({ isCpu: true });
  recordMany(price, { base: 5, slope: 5 });
  for (let index = 0; index < 5; index++) price.record({ tokens: 1, ms: 900 });
  expect(Math.abs(price.value - 0.5)).toBeLessThan(0.1);
  const odd = createGuessPrice({ isCpu: true });
  recordMany(odd, { base: 30, slope: -2 });
  expect(odd.value).toBeGreaterThan(0);
  recordMany(odd, { base: -5, slope: 40 }, 2000);
  expect(odd.value).toBeLessThan(1);
});
