import type { Check } from "./check.ts";

/** 3 to 6 items. */
export const checkItemCount: Check = ({ outfit }) =>
  outfit.items.length >= 3 && outfit.items.length <= 6 ? null : `${outfit.items.length} items`;
