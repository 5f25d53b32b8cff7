import { checkGender } from "../checks/gender.ts";
import { checkQueryForm } from "../checks/query-form.ts";
import { checkWords } from "../checks/words.ts";
import { type ReadItem, readItem } from "../read-item.ts";
import type { OutfitContext } from "./outfit-context.ts";
import { addItem, countMissing, isTypeOpen } from "./outfit-state.ts";

/** What stands of an outfit. */
export interface Draft {
  readonly items: readonly ReadItem[];
  /** Items that may still join it. */
  readonly room: number;
}

/** Demands that no item meets yet. */
export function listPending(items: readonly ReadItem[], { rules }: OutfitContext): number[] {
  return rules.demands.flatMap(({ demand }, index) =>
    items.some((item) => demand.meets(item)) ? [] : [index],
  );
}

/** The item a query stands for, in the type of the garment it names. */
export function readQuery(query: string, { lexicon }: OutfitContext): ReadItem {
  const item = readItem({ query, key: "", type: "", min: "1", max: "1", brand: "" }, lexicon);
  return { ...item, type: item.garment?.type ?? null };
}

/** Characters of a query; twice what they mostly have. */
export const LONGEST_QUERY = 100;
/** Two words. */
export const SHORTEST_QUERY = 3;

/** Why a query cannot be the outfit's next item; null when it can, and the outfit can still be completed. */
export function findQueryFault(item: ReadItem, draft: Draft, context: OutfitContext): string | null {
  const { brief, lexicon, rules } = context;
  const { garment, type, words } = item;
  if (!garment || type === null) return "no garment";
  if (garment.name === garment.type) return "too general";
  if (item.query.length > LONGEST_QUERY) return "too long";
  if (new Set(words).size < words.length) return "a word twice";
  const alone = { outfit: { looks: "", description: "", items: [item] }, brief, lexicon };
  const fault = checkQueryForm(alone) ?? checkWords(alone) ?? checkGender(alone) ?? rules.findBroken(item);
  if (fault !== null) return fault;
  if (draft.items.some((other) => other.garment === garment || other.query === item.query)) return "repeated";
  return findOutfitFault(item, draft, context);
}

function findOutfitFault(item: ReadItem, draft: Draft, context: OutfitContext): string | null {
  const { rules, limits } = context;
  const types = draft.items.flatMap((other) => other.type ?? []);
  if (item.type === null || !limits.types.includes(item.type)) return "no such slot";
  if (!isTypeOpen(types, item.type)) return "slot taken";
  const items = [...draft.items, item];
  for (const { demand } of rules.demands) {
    const met = items.filter((other) => demand.meets(other)).length;
    const counted = items.filter((other) => demand.counts(other) || demand.meets(other)).length;
    if (met < demand.share * counted) return `too few ${demand.hint}`;
  }
  const kind = {
    type: item.type,
    meets: rules.demands.flatMap((_, index) => (meets(item, index) ? [index] : [])),
  };
  const state = addItem({ types, pending: listPending(draft.items, context) }, kind);
  const within = { kinds: rules.kinds, room: draft.room - 1, least: limits.counts.least };
  return countMissing(state, within) === null ? "leaves no room for what is missing" : null;

  function meets(own: ReadItem, index: number): boolean {
    return rules.demands[index]?.demand.meets(own) ?? false;
  }
}
