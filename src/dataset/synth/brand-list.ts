import type { Brand } from "../../style/lexicon.ts";
import { fillTemplate } from "./fill-template.ts";
import type { Fillers } from "./knowledge.ts";
import type { Chooser } from "./random.ts";

export interface BrandList {
  /** What the user writes. */
  readonly text: string;
  /** Price tier of the brands, 1 to 4; 2 when none is listed. */
  readonly tier: number;
}

const NO_BRAND = ["", "", "", "any", "Any", "no preference", "any brand", "none"];
const SEPARATORS = [", ", ", ", ", ", ",", "/", " / ", " and ", " & ", "; "];

/** Brands that dress the gender and suit the scene's styles; now and then one that does not. */
export function writeBrands(
  brands: readonly Brand[],
  using: {
    chooser: Chooser;
    fillers: Fillers;
    gender: Brand["genders"][number] | null;
    styles: readonly string[];
  },
): BrandList {
  const { chooser } = using;
  if (chooser.chance(0.28)) return { text: chooser.pick(NO_BRAND), tier: 2 };
  const count = chooser.weighted([1, 2, 3, 4], (n) => [0, 34, 38, 20, 8][n] ?? 0) ?? 1;
  const fitting = brands.filter((brand) => using.gender === null || brand.genders.includes(using.gender));
  const picked: Brand[] = [];
  while (picked.length < count) {
    const brand = chooser.weighted(fitting, (candidate) => brandWeight(candidate, using.styles));
    if (brand && !picked.includes(brand)) picked.push(brand);
  }
  const names = picked.map((brand) => spellBrand(brand, chooser));
  if (chooser.chance(0.12)) names.splice(chooser.int(0, names.length), 1, inventBrand(using));
  return { text: joinNames(names, chooser), tier: Math.max(...picked.map((brand) => brand.tier)) };
}

/** How well a brand suits what the scene is dressed in. */
export function brandWeight(brand: Brand, styles: readonly string[]): number {
  const has = (trait: string) => brand.traits.includes(trait);
  const wants = (style: string) => styles.includes(style);
  const isActive = wants("sport") || wants("outdoor");
  const isNarrow = brand.types.length < 5;
  let weight = isNarrow ? 0.25 : 1;
  if (has("sport") || has("outdoor") || has("ski")) weight *= isActive ? 5 : wants("casual") ? 0.7 : 0.08;
  else if (isActive) weight *= 0.25;
  if (has("swim") || has("surf")) weight *= wants("resort") ? 4 : 0.2;
  if (has("ethnic")) weight *= wants("festive") || wants("kit-ethnic") ? 6 : 0.12;
  if (has("modest")) weight *= wants("modest") ? 6 : 0.2;
  if (has("tailoring")) weight *= wants("business") || wants("blacktie") ? 2.5 : 1;
  if (has("maternity") || has("plus-size") || has("golf") || has("tennis") || has("western")) weight *= 0.3;
  return brand.tier === 4 ? weight * 0.5 : weight;
}

function spellBrand(brand: Brand, chooser: Chooser): string {
  const name = chooser.chance(0.12) && brand.aliases.length > 0 ? chooser.pick(brand.aliases) : brand.name;
  const roll = chooser.between(0, 1);
  if (roll < 0.32) return name;
  if (roll < 0.36) return name.toUpperCase();
  return name.replace(
    /(^|[\s&-])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

function inventBrand(using: { chooser: Chooser; fillers: Fillers }): string {
  const form = using.chooser.pick([
    "{inv}",
    "{inv}",
    "{inv} & {inv}",
    "Atelier {inv}",
    "{inv} Studio",
    "House of {inv}",
  ]);
  return fillTemplate(form, using);
}

function joinNames(names: readonly string[], chooser: Chooser): string {
  const separator = chooser.pick(SEPARATORS);
  const list =
    names.length > 2 && chooser.chance(0.35)
      ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`
      : names.join(separator);
  return chooser.chance(0.04) ? `I like ${list}` : list;
}
