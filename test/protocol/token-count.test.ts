import { expect, it } from "vitest";
import { parseTokenCount } from "../../src/protocol/token-count.ts";

it.each([0, 1, 310, 2_147_483_647])("takes %d for a number of tokens", (given) => {
  expect(parseTokenCount(given)).toBe(given);
});

it.each([-1, 0.5, 2_147_483_648, 1e300, Number.NaN, Number.POSITIVE_INFINITY, null, undefined])(
  "takes %s for no number of tokens",
  (given) => {
    expect(parseTokenCount(given)).toBeNull();
  },
);
