import type { Check } from "./check.ts";

/** Each query names a garment or accessory of the lexicon, of the type that the item claims. */
export const checkGarment: Check = ({ outfit }) => {
  for (const { query, garment, type } of outfit.items) {
    if (!garment) return `no garment in "${query}"`;
    if (type === null) return `unknown type for "${query}"`;
    if (garment.type !== type) return `"${query}" is ${garment.type}, not ${type}`;
  }
  return null;
};
