import type { ConstraintStep, FieldResult } from "../../providers/decoding-constraint.ts";
import { createItemKey } from "../item-key.ts";
import type { ItemType } from "../plan.ts";
import type { ReadItem } from "../read-item.ts";
import { findQueryFault, readQuery } from "./accept-query.ts";
import { createPriceFit, type ItemPrices } from "./fit-prices.ts";
import { createChoiceGrammar, PROSE_GRAMMAR, QUERY_GRAMMAR } from "./grammars.ts";
import type { OutfitContext } from "./outfit-context.ts";
import { countMissing, MAX_ITEMS, MIN_ITEMS } from "./outfit-state.ts";
import { isGoodDescription, isGoodLooks, repairDescription, repairLooks } from "./outfit-texts.ts";
import { pickBrands } from "./pick-brands.ts";
import { repairQuery } from "./repair-query.ts";
import { writeField } from "./write-field.ts";

export type OutfitWriter = Generator<ConstraintStep, void, FieldResult>;

export interface OutfitPlace {
  /** How prices are written: `"min":"20"` or `"min":20`. */
  readonly priceForm: "string" | "number";
  /** Text behind the outfit's last item: the next outfit's beginning or the answer's end. */
  readonly ending: string;
}

/** Shares of plans with 3, 4, 5 and 6 items, as in the training data. */
const ITEM_COUNT_SHARES = [0.08, 0.4, 0.4, 0.12];

const MAX_TEXT_RETRIES = 1;
const MAX_QUERY_RETRIES = 3;

/** Weight of an item that is expected but not chosen yet: an ordinary garment's. */
const EXPECTED_WEIGHT = 28;

/** Writes one outfit from behind `{"looks":"` to the end of its last item and `ending`. */
export function* writeOutfit(context: OutfitContext, place: OutfitPlace): OutfitWriter {
  yield* writeTexts(context);
  const items: ReadItem[] = [];
  const types: ItemType[] = [];
  const prices = createPriceFit(context.brief.budget, context.random);
  for (;;) {
    const item = yield* writeQuery(items, context);
    const { garment } = item;
    // A repaired query always names a garment; a lexicon without any outfit for the brief ends here.
    if (!garment) throw new Error("no garment of the lexicon fits the brief");
    items.push(item);
    const expected = context.wanted - items.length;
    const fitted = prices.next(
      garment,
      Array.from({ length: expected }, () => EXPECTED_WEIGHT),
    );
    const key = createItemKey(garment.type, types);
    types.push(garment.type);
    const head = `,"key":"${key}","type":"${garment.type}",${formatPrices(fitted, place)},"brand":"`;
    const after = expected > 0 ? `},{"query":"` : place.ending;
    yield* writeBrand({ head, after, brands: pickBrands({ garment, maxCents: fitted.maxCents }, context) });
    yield { kind: "text", text: after };
    if (expected === 0) return;
  }
}

function* writeTexts(context: OutfitContext): OutfitWriter {
  const looks = yield* writeField({
    field: { kind: "field", grammar: PROSE_GRAMMAR, stop: '"', after: `,"description":"`, maxTokens: 48 },
    maxRetries: MAX_TEXT_RETRIES,
    isGood: isGoodLooks,
    repair: (text) => repairLooks(text, context),
  });
  yield { kind: "text", text: `,"description":"` };
  yield* writeField({
    field: {
      kind: "field",
      grammar: PROSE_GRAMMAR,
      stop: '"',
      after: `,"items":[{"query":"`,
      maxTokens: 128,
    },
    maxRetries: MAX_TEXT_RETRIES,
    isGood: (description) => isGoodDescription({ looks, description }, context),
    repair: (description) => repairDescription({ looks, description }, context),
  });
  yield { kind: "text", text: `,"items":[{"query":"` };
}

function* writeQuery(
  items: readonly ReadItem[],
  context: OutfitContext,
): Generator<ConstraintStep, ReadItem, FieldResult> {
  const text = yield* writeField({
    field: { kind: "field", grammar: QUERY_GRAMMAR, stop: '"', after: `,"key":"`, maxTokens: 24 },
    maxRetries: MAX_QUERY_RETRIES,
    isGood: (query) => findQueryFault(readQuery(query, context), { items }, context) === null,
    repair: (query) => repairQuery(query, { items }, context).query,
  });
  return readQuery(text, context);
}

/** One possible brand is forced text; of several the model picks. */
function* writeBrand(choice: { head: string; after: string; brands: readonly string[] }): OutfitWriter {
  const { head, after, brands } = choice;
  const [only, ...others] = brands;
  if (only !== undefined && others.length === 0) {
    yield { kind: "text", text: `${head}${only}"` };
    return;
  }
  yield { kind: "text", text: head };
  yield* writeField({
    field: { kind: "field", grammar: createChoiceGrammar(brands), stop: '"', after, maxTokens: 48 },
    maxRetries: 0,
    isGood: (brand) => brands.includes(brand),
    repair: (written) => brands.find((brand) => written !== "" && brand.startsWith(written)) ?? only ?? "",
  });
}

/** How many items the outfit shall have: by chance, but enough for all that it must hold. */
export function pickItemCount({ rules, random }: Pick<OutfitContext, "rules" | "random">): number {
  const pending = rules.demands.map((_, index) => index);
  const least = countMissing({ types: [], pending }, { kinds: rules.kinds, room: MAX_ITEMS }) ?? MIN_ITEMS;
  let draw = random();
  for (const [index, share] of ITEM_COUNT_SHARES.entries()) {
    if (draw < share) return Math.max(least, MIN_ITEMS + index);
    draw -= share;
  }
  return MAX_ITEMS;
}

function formatPrices({ minCents, maxCents }: ItemPrices, { priceForm }: OutfitPlace): string {
  const quote = priceForm === "string" ? '"' : "";
  return `"min":${quote}${formatCents(minCents)}${quote},"max":${quote}${formatCents(maxCents)}${quote}`;
}

function formatCents(cents: number): string {
  return cents % 100 === 0 ? String(cents / 100) : (cents / 100).toFixed(2);
}
