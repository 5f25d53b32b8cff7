import type { Garment } from "./lexicon.ts";
import type { Colour, Lexicon } from "./load-lexicon.ts";
import type { ItemType, LoosePlan } from "./plan.ts";
import { ITEM_TYPES } from "./plan.ts";
import { readPrice } from "./read-price.ts";
import { splitWords } from "./text.ts";

type LooseItem = LoosePlan["outfits"][number]["items"][number];

/** An item of any model's plan, understood as far as the lexicon goes. */
export interface ReadItem {
  readonly query: string;
  readonly words: readonly string[];
  readonly key: string;
  /** The slot its `type` names; null when that is no known word. */
  readonly type: ItemType | null;
  /** The garment the query ends in, in the reading that agrees with `type` where there is one. */
  readonly garment: Garment | null;
  readonly colours: readonly Colour[];
  readonly brand: string;
  /** Prices; null when unreadable. */
  readonly min: number | null;
  readonly max: number | null;
}

export interface ReadOutfit {
  readonly looks: string;
  readonly description: string;
  readonly items: readonly ReadItem[];
}

export function readOutfit(outfit: LoosePlan["outfits"][number], lexicon: Lexicon): ReadOutfit {
  const { looks, description } = outfit;
  return { looks, description, items: outfit.items.map((item) => readItem(item, lexicon)) };
}

export function readItem(item: LooseItem, lexicon: Lexicon): ReadItem {
  const words = splitWords(item.query);
  const type = readItemType(item.type, lexicon);
  return {
    query: item.query,
    words,
    key: item.key,
    type,
    garment: pickGarment({ words, type }, lexicon),
    colours: lexicon.colourIndex.findInWords(words).flatMap((match) => match.values),
    brand: item.brand,
    min: readPrice(item.min),
    max: readPrice(item.max),
  };
}

/** "shoes", "Footwear" and "ankle boots" all mean the slot shoes; null for words that name none. */
function readItemType(text: string, lexicon: Lexicon): ItemType | null {
  const words = splitWords(text).join(" ");
  const exact = ITEM_TYPES.find((type) => splitWords(type).join(" ") === words);
  if (exact) return exact;
  return (
    lexicon.itemTypeIndex.get(text)[0] ?? lexicon.garmentIndex.find(text).at(-1)?.values[0]?.type ?? null
  );
}

/** What follows one of these describes the garment before it: "dress with belt", "boots for jeans". */
const CONNECTORS = new Set(["with", "for", "in", "over", "under", "to"]);

function pickGarment(
  item: { words: readonly string[]; type: ItemType | null },
  lexicon: Lexicon,
): Garment | null {
  const { words, type } = item;
  const connector = words.findIndex((word, index) => index > 0 && CONNECTORS.has(word));
  const described = connector > 0 ? lexicon.garmentIndex.findLast(words.slice(0, connector)) : null;
  const head = described ?? lexicon.garmentIndex.findLast(words);
  return head?.values.find((garment) => garment.type === type) ?? head?.values[0] ?? null;
}
