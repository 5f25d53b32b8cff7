import { ITEM_TYPES, type ItemType } from "../plan.ts";
import { ITEM_COUNTS, type ItemCounts } from "./item-counts.ts";

export type PriceForm = "string" | "number";

/** What a caller's own schema leaves of the plans that the constraint writes. */
export interface PlanLimits {
  /** How `min` and `max` are written; the contract takes both, the model was trained on strings. */
  readonly priceForm: PriceForm;
  /** No cents. */
  readonly wholePrices: boolean;
  readonly counts: ItemCounts;
  readonly types: readonly ItemType[];
}

/** Without a schema. */
export const NO_LIMITS: PlanLimits = {
  priceForm: "string",
  wholePrices: false,
  counts: ITEM_COUNTS,
  types: ITEM_TYPES,
};
