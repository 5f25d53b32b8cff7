import { parseBrands } from "../brands.ts";
import type { Check } from "./check.ts";

/** Only listed brands; with none listed, brands of the lexicon. */
export const checkBrandKept: Check = ({ outfit, brief, lexicon }) => {
  for (const { brand } of outfit.items) {
    const names = parseBrands(brand, lexicon);
    const isKept = (name: string) =>
      brief.brands.length > 0 ? brief.brands.includes(name) : lexicon.brandIndex.get(name) !== null;
    if (names.length === 0 || !names.every(isKept)) return `brand "${brand}"`;
  }
  return null;
};
