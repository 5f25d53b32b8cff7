import { parseBrands } from "../brands.ts";
import type { Check } from "./check.ts";

/** At least one listed brand appears; nothing to check when none is listed. */
export const checkBrandUsed: Check = ({ outfit, brief, lexicon }) => {
  if (brief.brands.length === 0) return null;
  const used = outfit.items.flatMap((item) => parseBrands(item.brand, lexicon));
  return used.some((brand) => brief.brands.includes(brand)) ? null : "none of the listed brands appears";
};
