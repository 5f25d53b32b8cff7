import type { Check } from "./check.ts";

/** (Top or outerwear) with a bottom, or a full-body piece; and shoes. */
export const checkComposition: Check = ({ outfit }) => {
  const types = new Set(outfit.items.map((item) => item.type));
  if (!types.has("shoes")) return "no shoes";
  const isDressed =
    types.has("full-body") || (types.has("bottom") && (types.has("top") || types.has("outerwear")));
  return isDressed ? null : "neither a full-body piece nor top and bottom";
};
