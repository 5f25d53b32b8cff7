import { roundCents } from "../style/amounts.ts";
import { normaliseBrand } from "../style/brands.ts";
import { formatAmount } from "../style/format-amount.ts";
import type { Lexicon } from "../style/load-lexicon.ts";
import { type LoosePlan, type Plan, planSchema } from "../style/plan.ts";
import { type ReadItem, readItem } from "../style/read-item.ts";

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
      items: outfit.items.map((item) => normaliseItem(readItem(item, lexicon), lexicon)),
    })),
  };
  const result = planSchema.safeParse(normalised);
  return result.success ? result.data : null;
}

/** A type that names no slot gives way to the slot of the garment in the query. */
function normaliseItem(item: ReadItem, lexicon: Lexicon) {
  return {
    query: item.query.trim(),
    key: item.key.trim(),
    type: item.type ?? item.garment?.type,
    min: formatPrice(item.min),
    max: formatPrice(item.max),
    brand: normaliseBrand(item.brand, lexicon),
  };
}

function formatPrice(price: number | null): string | null {
  return price === null || price < 0 ? null : formatAmount(roundCents(price));
}
