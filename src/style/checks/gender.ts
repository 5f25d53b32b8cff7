import { dropPossessive } from "../text.ts";
import type { Check } from "./check.ts";

/** No garment of the other gender alone, and no query addressed to it. */
export const checkGender: Check = ({ outfit, brief: { gender }, lexicon }) => {
  if (gender === "unisex") return null;
  const others = lexicon.rulesFile.audience[gender === "women" ? "men" : "women"];
  for (const { query, garment, words } of outfit.items) {
    if (garment && !garment.genders.includes(gender)) return `"${query}" is not for ${gender}`;
    const addressed = words.some((word) => others.includes(dropPossessive(word)));
    if (addressed) return `"${query}" is addressed to others than ${gender}`;
  }
  return null;
};
