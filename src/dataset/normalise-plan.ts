import { findAmounts, roundCents } from "../style/amounts.ts";
import { normaliseBrand } from "../style/brands.ts";
import { formatAmount } from "../style/format-amount.ts";
import type { Lexicon } from "../style/load-lexicon.ts";
import { type ItemType, itemTypeSchema, type LoosePlan, type Plan, planSchema } from "../style/plan.ts";
import { foldText } from "../style/text.ts";

type LooseItem = LoosePlan["outfits"][number]["items"][number];

/**
 * Another model's plan in the form that the local model is taught: strict keys in wire order, prices as plain strings,
 * types and brands in the lexicon's words, at most `outfits` outfits. Null when something has no such form.
 */
export function normalisePlan(
  plan: LoosePlan,
  { lexicon, outfits }: { readonly lexicon: Lexicon; readonly outfits: number },
): Plan | null {
  const normalised = {
    outfits: plan.outfits.slice(0, outfits).map((outfit) => ({
      looks: outfit.looks.trim(),
      description: outfit.description.trim(),
      items: outfit.items.map((item) => normaliseItem(item, lexicon)),
    })),
  };
  const result = planSchema.safeParse(normalised);
  return result.success ? result.data : null;
}

function normaliseItem(item: LooseItem, lexicon: Lexicon) {
  return {
    query: item.query.trim(),
    key: item.key.trim(),
    type: normaliseType(item, lexicon),
    min: normalisePrice(item.min),
    max: normalisePrice(item.max),
    brand: normaliseBrand(item.brand, lexicon),
  };
}

/** "$1,200" → "1200", 49.9 → "49.90". Null when there is no one amount in it. */
function normalisePrice(price: string | number): string | null {
  if (typeof price === "number") return price >= 0 ? formatAmount(roundCents(price)) : null;
  const text = foldText(price).trim();
  const amounts = findAmounts(text);
  const [amount] = amounts;
  return amount === undefined || amounts.length > 1 || text.startsWith("-")
    ? null
    : formatAmount(amount.value);
}

/** The item's own word when it is one of ours, else the slot of the garment that its type or query names last. */
function normaliseType(item: LooseItem, lexicon: Lexicon): ItemType | null {
  const own = itemTypeSchema.safeParse(
    item.type
      .trim()
      .toLowerCase()
      .replace(/[\s_]+/g, "-"),
  );
  if (own.success) return own.data;
  return findGarmentType(item.query, lexicon) ?? findGarmentType(item.type, lexicon);
}

function findGarmentType(text: string, lexicon: Lexicon): ItemType | null {
  const garments = lexicon.garmentIndex.find(text).at(-1)?.values ?? [];
  return garments[0]?.type ?? null;
}
