import { findAmounts } from "./amounts.ts";
import { dropCurrencies } from "./currencies.ts";
import { foldText } from "./text.ts";

/** A price as models write it: 49, "49", "49.90", "$49", "49 EUR"; null when it is no single amount ≥ 0. */
export function readPrice(price: string | number): number | null {
  if (typeof price === "number") return Number.isFinite(price) ? price : null;
  const text = foldText(price).trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const bare = dropCurrencies(text).trim();
  const amounts = findAmounts(bare);
  const [amount] = amounts;
  if (!amount || amounts.length !== 1) return null;
  return /^[\s]*$/.test(bare.slice(0, amount.start) + bare.slice(amount.end)) ? amount.value : null;
}
