import type { Lexicon } from "../load-lexicon.ts";
import { ITEM_TYPES } from "../plan.ts";
import { type ReadItem, readItem } from "../read-item.ts";
import { type Draft, readQuery } from "./accept-query.ts";
import { createGarmentGrammar } from "./grammars.ts";
import type { OutfitContext } from "./outfit-context.ts";
import type { OutfitRules } from "./outfit-rules.ts";
import { keepWords, rankCandidates } from "./repair-query.ts";
import { createTextsExpression } from "./text-grammar.ts";

/** Garments to choose from: so many of the slot that was meant, or of each other one. */
const MEANT_CHOICES = 24;
const OTHER_CHOICES = 8;

/**
 * For a query that may not stand: the model chooses among garments that may, at first behind the words that it wrote, if
 * these break no rule, then behind others for colour, material, pattern and fit. Null when nothing is left to choose.
 */
export function narrowQuery(
  written: { readonly query: string; readonly retry: number },
  draft: Draft,
  context: OutfitContext,
): string | null {
  const meant = readQuery(written.query, context);
  const garments = listGarments(meant, draft, context);
  if (garments.length === 0) return null;
  const demanded = listDemanded(draft, context);
  const own = written.retry === 0 ? keepWords(meant, context).join(" ") : "";
  const item = readQuery(own, context);
  const isFit =
    own !== "" &&
    context.rules.findBroken(item) === null &&
    demanded.every(({ demand }) => demand.meets(item));
  if (isFit) return createGarmentGrammar({ kind: "given", text: own }, garments);
  const word = expressWord(context);
  const first = demanded[0]?.modifiers ?? [];
  return word === "" ? null : createGarmentGrammar({ kind: "open", first, word }, garments);
}

/** Of the slot that was meant while it is open, else of those that the outfit needs most. */
function listGarments(meant: ReadItem, draft: Draft, context: OutfitContext): string[] {
  const all = rankCandidates(meant, draft, context);
  const usual = all.filter(({ isOdd }) => !isOdd);
  const ranked = usual.length > 0 ? usual : all;
  const ofMeantSlot = ranked.filter(({ candidate }) => candidate.type === meant.type).slice(0, MEANT_CHOICES);
  const missing = Math.min(...ranked.map((each) => each.missing));
  const needed = ITEM_TYPES.flatMap((type) =>
    ranked.filter((each) => each.missing === missing && each.candidate.type === type).slice(0, OTHER_CHOICES),
  );
  return (ofMeantSlot.length > 0 ? ofMeantSlot : needed).map(({ candidate }) => candidate.garment.name);
}

/** Demands that words can meet and that the next item has to, or else another soon. */
function listDemanded({ items }: Draft, { rules }: OutfitContext): OutfitRules["demands"] {
  return rules.demands.filter(({ demand, modifiers }) => {
    const met = items.filter((item) => demand.meets(item)).length;
    const counted = items.filter((item) => demand.counts(item) || demand.meets(item)).length;
    return modifiers.length > 0 && (met === 0 || met < demand.share * (counted + 1));
  });
}

const wordExpressions = new WeakMap<OutfitRules, string>();

/** The words that break none of the rules, as an expression; worked out once for a brief. */
function expressWord({ rules, lexicon }: OutfitContext): string {
  const known = wordExpressions.get(rules);
  if (known !== undefined) return known;
  const kept = listWordItems(lexicon).filter((item) => rules.findBroken(item) === null);
  const expression = createTextsExpression(kept.map(({ query }) => query));
  wordExpressions.set(rules, expression);
  return expression;
}

const wordItems = new WeakMap<Lexicon, readonly ReadItem[]>();

/** Words that describe a garment, as items of nothing else. */
function listWordItems(lexicon: Lexicon): readonly ReadItem[] {
  const known = wordItems.get(lexicon);
  if (known !== undefined) return known;
  const { materials, patterns, fits } = lexicon.words;
  const words = new Set([...lexicon.colours.map(({ name }) => name), ...materials, ...patterns, ...fits]);
  const items = [...words].map((query) =>
    readItem({ query, key: "", type: "", min: "1", max: "1", brand: "" }, lexicon),
  );
  wordItems.set(lexicon, items);
  return items;
}
