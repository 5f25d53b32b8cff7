import type { Brief } from "../brief.ts";
import type { Brand, Garment } from "../lexicon.ts";
import type { Lexicon } from "../load-lexicon.ts";
import type { OutfitContext } from "./outfit-context.ts";

interface Sale {
  readonly garment: Garment;
  readonly gender: Brief["gender"];
  /** Price tiers of a fitting shop; null for any. */
  readonly tiers: readonly number[] | null;
}

/** Brands that may carry the item: listed ones that sell it (all listed when none is known to), else shops that fit. */
export function pickBrands(
  item: { garment: Garment; maxCents: number },
  context: Pick<OutfitContext, "brief" | "lexicon">,
): readonly string[] {
  const { brief, lexicon } = context;
  const sale = { garment: item.garment, gender: brief.gender, tiers: pickTiers(item, context) };
  if (brief.brands.length === 0) return listShops(sale, lexicon);
  const fitting = brief.brands.filter((name) => {
    const known = lexicon.brandIndex.get(name);
    return known === null || isSoldBy(known, sale);
  });
  return fitting.length > 0 ? fitting : brief.brands;
}

/** Characters of the longest name that may be offered. */
export function findLongestBrand({ brief, lexicon }: Pick<OutfitContext, "brief" | "lexicon">): number {
  const names = brief.brands.length > 0 ? brief.brands : lexicon.brands.map((brand) => brand.name);
  return Math.max(...names.map((name) => name.length));
}

const shopLists = new WeakMap<Lexicon, Map<string, readonly string[]>>();

/** All shops that fit. The same sale gets the very same list, so that its grammar is written once. */
function listShops(sale: Sale, lexicon: Lexicon): readonly string[] {
  const lists = shopLists.get(lexicon) ?? new Map<string, readonly string[]>();
  shopLists.set(lexicon, lists);
  const { garment, gender, tiers } = sale;
  const key = [garment.type, gender, tiers?.join(), isSpecialised(garment)].join(" ");
  const known = lists.get(key);
  if (known !== undefined) return known;
  const names = findShops(sale, lexicon).map((brand) => brand.name);
  lists.set(key, names);
  return names;
}

function findShops(sale: Sale, { brands }: Lexicon): readonly Brand[] {
  const { garment, tiers } = sale;
  const selling = brands.filter((brand) => isSoldBy(brand, sale));
  const affordable = selling.filter((brand) => tiers === null || tiers.includes(brand.tier));
  const specialised = affordable.filter((brand) => isSpecialist(brand) === isSpecialised(garment));
  return [specialised, affordable, selling].find((list) => list.length >= 3) ?? brands;
}

function isSoldBy(brand: Brand, { garment, gender }: Sale): boolean {
  return brand.types.includes(garment.type) && (gender === "unisex" || brand.genders.includes(gender));
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
