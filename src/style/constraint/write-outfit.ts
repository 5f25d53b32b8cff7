import type { ConstraintStep, FieldResult } from "../../providers/decoding-constraint.ts";
import { createItemKey } from "../item-key.ts";
import type { ItemType } from "../plan.ts";
import type { ReadItem } from "../read-item.ts";
import { type Draft, findQueryFault, listPending, readQuery } from "./accept-query.ts";
import { PROSE_GRAMMAR, QUERY_GRAMMAR } from "./grammars.ts";
import { expectFurtherItems } from "./item-counts.ts";
import { narrowQuery } from "./narrow-query.ts";
import type { OutfitContext } from "./outfit-context.ts";
import { countMissing } from "./outfit-state.ts";
import { isGoodDescription, isGoodLooks, repairDescription, repairLooks } from "./outfit-texts.ts";
import { pickBrands } from "./pick-brands.ts";
import { createPurse } from "./purse.ts";
import { canTakeAnother, repairQuery } from "./repair-query.ts";
import { writeBrand } from "./write-brand.ts";
import { writeField } from "./write-field.ts";
import { writePrices } from "./write-prices.ts";

export type OutfitWriter = Generator<ConstraintStep, void, FieldResult>;

const NEXT_ITEM = `},{"query":"`;

const MAX_TEXT_RETRIES = 1;
const MAX_QUERY_RETRIES = 3;

/**
 * Writes one outfit from behind `{"looks":"` to the end of its last item and `ending`. The model ends it, or goes on,
 * wherever both are possible.
 */
export function* writeOutfit(context: OutfitContext, ending: string): OutfitWriter {
  const { brief, limits } = context;
  const { counts, priceForm } = limits;
  yield* writeTexts(context);
  const items: ReadItem[] = [];
  const types: ItemType[] = [];
  const purse = createPurse({ budget: brief.budget, counts, isWhole: limits.wholePrices });
  const measureRoom = () => Math.min(counts.most - items.length, purse.room);
  for (let isOver = false; !isOver; ) {
    const item = yield* writeQuery({ items, room: measureRoom() }, context);
    const { garment } = item;
    // A repaired query always names a garment while the outfit can be completed.
    if (!garment) throw new Error("no garment of the lexicon fits the brief");
    items.push(item);
    const key = createItemKey(garment.type, types);
    types.push(garment.type);

    const missing = countMissingItems(items, context);
    const canGoOn =
      missing > 0 || (items.length < counts.most && canTakeAnother({ items, room: 1 }, context));
    const expected = canGoOn ? expectFurtherItems(items.length, { missing, most: counts.most }) : 0;
    const offer = purse.offer(garment, { missing, expected, canGoOn });
    const max = yield* writePrices(offer, { head: `,"key":"${key}","type":"${garment.type}"`, priceForm });
    purse.pay(max);

    const canEnd = missing === 0 && purse.isEnough;
    const goesOn = canGoOn && measureRoom() >= Math.max(1, missing);
    const endings = [...(canEnd || !goesOn ? [ending] : []), ...(goesOn ? [NEXT_ITEM] : [])];
    const brands = pickBrands({ garment, maxCents: max }, context);
    isOver = (yield* writeBrand({ brands, endings })) === ending;
  }
}

/** Fewest items that an outfit with these still needs. */
function countMissingItems(items: readonly ReadItem[], context: OutfitContext): number {
  const { limits, rules } = context;
  const types = items.flatMap(({ type }) => type ?? []);
  const within = { kinds: rules.kinds, room: limits.counts.most - items.length, least: limits.counts.least };
  const count = (pending: readonly number[]) => countMissing({ types, pending }, within);
  // A demand that can no longer be met was given up.
  return count(listPending(items, context)) ?? count([]) ?? 0;
}

function* writeTexts(context: OutfitContext): OutfitWriter {
  const { text: looks } = yield* writeField({
    field: { kind: "field", grammar: PROSE_GRAMMAR, stops: ['"'], after: `,"description":"`, maxTokens: 48 },
    maxRetries: MAX_TEXT_RETRIES,
    isGood: isGoodLooks,
    repair: (text) => repairLooks(text, context),
  });
  yield { kind: "text", text: `,"description":"` };
  yield* writeField({
    field: {
      kind: "field",
      grammar: PROSE_GRAMMAR,
      stops: ['"'],
      after: `,"items":[{"query":"`,
      maxTokens: 128,
    },
    maxRetries: MAX_TEXT_RETRIES,
    isGood: (description) => isGoodDescription({ looks, description }, context),
    repair: (description) => repairDescription({ looks, description }, context),
  });
  yield { kind: "text", text: `,"items":[{"query":"` };
}

function* writeQuery(draft: Draft, context: OutfitContext): Generator<ConstraintStep, ReadItem, FieldResult> {
  const { text } = yield* writeField({
    field: { kind: "field", grammar: QUERY_GRAMMAR, stops: ['"'], after: `,"key":"`, maxTokens: 24 },
    maxRetries: MAX_QUERY_RETRIES,
    isGood: (query) => findQueryFault(readQuery(query, context), draft, context) === null,
    narrow: (query, retry) => narrowQuery({ query, retry }, draft, context),
    repair: (query) => repairQuery(query, draft, context).query,
  });
  return readQuery(text, context);
}
