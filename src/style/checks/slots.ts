import type { ItemType } from "../plan.ts";
import type { Check } from "./check.ts";

/** Most items of each type; accessories are bounded by the item count alone. */
export const SLOT_LIMITS: Readonly<Record<ItemType, number>> = {
  top: 2,
  bottom: 1,
  "full-body": 1,
  outerwear: 2,
  shoes: 1,
  bag: 1,
  accessory: 6,
};

/** No slot filled twice over its limit, no query repeated. */
export const checkSlots: Check = ({ outfit }) => {
  const counts = new Map<ItemType, number>();
  const queries = new Set<string>();
  for (const { type, words, query } of outfit.items) {
    const text = words.join(" ");
    if (queries.has(text)) return `"${query}" is repeated`;
    queries.add(text);
    if (type === null) continue;
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    if (count > SLOT_LIMITS[type]) return `${count} items of type ${type}`;
  }
  return null;
};
