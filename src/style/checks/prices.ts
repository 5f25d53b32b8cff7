import type { Check } from "./check.ts";

/** 0 ≤ min ≤ max and max > 0 for every item. */
export const checkPrices: Check = ({ outfit }) => {
  for (const { query, min, max } of outfit.items) {
    if (min === null || max === null) return `no price can be read for "${query}"`;
    if (min < 0 || min > max || max <= 0) return `prices ${min} to ${max} for "${query}"`;
  }
  return null;
};
