import type { Brand, Garment } from "../lexicon.ts";
import type { OutfitContext } from "./outfit-context.ts";

/** A grammar of more names than this only slows the sampler. */
const MAX_CHOICES = 48;

/** Brands that may carry the item: listed ones that sell it (all listed when none is known to), else shops that fit. */
export function pickBrands(
  item: { garment: Garment; maxCents: number },
  context: Pick<OutfitContext, "brief" | "lexicon">,
): string[] {
  const { brief, lexicon } = context;
  const sells = (brand: Brand) =>
    brand.types.includes(item.garment.type) &&
    (brief.gender === "unisex" || brand.genders.includes(brief.gender));
  if (brief.brands.length > 0) {
    const fitting = brief.brands.filter((name) => {
      const known = lexicon.brandIndex.get(name);
      return known === null || sells(known);
    });
    return fitting.length > 0 ? fitting : [...brief.brands];
  }
  const selling = lexicon.brands.filter(sells);
  const tiers = pickTiers(item, context);
  const affordable = selling.filter((brand) => tiers === null || tiers.includes(brand.tier));
  const specialised = affordable.filter((brand) => isSpecialist(brand) === isSpecialised(item.garment));
  const choices =
    [specialised, affordable, selling, lexicon.brands].find((list) => list.length >= 3) ?? lexicon.brands;
  return choices.slice(0, MAX_CHOICES).map((brand) => brand.name);
}

/** Price tiers that the upper price affords; null when the currency says nothing on it. */
function pickTiers(
  item: { garment: Garment; maxCents: number },
  { brief }: Pick<OutfitContext, "brief">,
): number[] | null {
  const currency = brief.budget?.currency ?? "USD";
  if (!["USD", "EUR", "GBP", "CAD", "AUD", "CHF"].includes(currency)) return null;
  const [low, high] = item.garment.price;
  const ratio = item.maxCents / 100 / ((low + high) / 2);
  if (ratio < 0.8) return [1, 2];
  if (ratio < 1.6) return [1, 2, 3];
  return ratio < 4 ? [2, 3] : [3, 4];
}

function isSpecialist(brand: Brand): boolean {
  return brand.traits.includes("sport") || brand.traits.includes("outdoor");
}

function isSpecialised(garment: Garment): boolean {
  return garment.traits.includes("sport") || garment.traits.includes("outdoor");
}
