import type { Check } from "./check.ts";

/** Keys are non-empty and unique in their outfit. */
export const checkKeys: Check = ({ outfit }) => {
  const keys = outfit.items.map((item) => item.key.trim().toLowerCase());
  if (keys.includes("")) return "an empty key";
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  return repeated === undefined ? null : `key "${repeated}" is repeated`;
};
