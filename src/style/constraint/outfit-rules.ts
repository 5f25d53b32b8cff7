import type { Brief } from "../brief.ts";
import { readGuidance } from "../guidance/read-guidance.ts";
import type { Garment } from "../lexicon.ts";
import type { Lexicon } from "../load-lexicon.ts";
import { type ReadItem, readItem } from "../read-item.ts";
import { readOccasion } from "../read-occasion.ts";
import type { Demand, OutfitRule } from "../rules/rule.ts";
import { countMissing, type ItemKind } from "./outfit-state.ts";
import type { PlanLimits } from "./plan-limits.ts";

/** A garment that may stand in this outfit, as the item it would be. */
export interface Candidate extends ItemKind {
  readonly garment: Garment;
}

interface PlannedDemand {
  readonly demand: Demand;
  /** Words that make any garment meet it, such as a wanted colour; empty when only some garments do. */
  readonly modifiers: readonly string[];
}

/** All rules of a brief that an outfit can keep together. */
export interface OutfitRules {
  /** The name of the rule that an item breaks, else null. */
  findBroken(item: ReadItem): string | null;
  readonly demands: readonly PlannedDemand[];
  readonly candidates: readonly Candidate[];
  /** The distinct kinds among the candidates. */
  readonly kinds: readonly ItemKind[];
}

interface Draft {
  readonly rules: readonly OutfitRule[];
  readonly demands: readonly PlannedDemand[];
  readonly items: readonly ReadItem[];
}

/**
 * Rules are added one by one, dress code before guidance; one that leaves no possible outfit is given up. Null when none
 * is possible even without rules.
 */
export function createOutfitRules(
  of: { readonly brief: Brief; readonly limits: PlanLimits },
  lexicon: Lexicon,
): OutfitRules | null {
  const { brief, limits } = of;
  const { rules, isWished } = readOccasion(brief, lexicon);
  const excused = rules.map((rule) => ({
    ...rule,
    forbids: (item: ReadItem) => !isWished(item) && rule.forbids(item),
  }));
  const items = readGarments(brief, lexicon).filter(
    ({ type }) => type !== null && limits.types.includes(type),
  );
  const isPossible = (each: Draft) =>
    countMissing(emptyState(each), {
      kinds: listKinds(each),
      room: limits.counts.most,
      least: limits.counts.least,
    }) !== null;
  let draft: Draft = { rules: [], demands: [], items };
  if (!isPossible(draft)) return null;
  for (const rule of [...excused, ...readGuidance(brief, lexicon)]) {
    for (const part of splitRule(rule)) {
      const next = addRule(draft, part, lexicon);
      if (isPossible(next)) draft = next;
    }
  }
  const kept = draft;
  return {
    findBroken: (item) => kept.rules.find((rule) => rule.forbids(item))?.name ?? null,
    demands: kept.demands,
    candidates: listCandidates(kept),
    kinds: listKinds(kept),
  };
}

/** What a rule forbids and each thing it demands can be given up apart. */
function splitRule(rule: OutfitRule): OutfitRule[] {
  const demands = rule.demands.map(
    (demand): OutfitRule => ({ ...rule, forbids: () => false, demands: [demand] }),
  );
  return [{ ...rule, demands: [] }, ...demands];
}

function addRule(draft: Draft, rule: OutfitRule, lexicon: Lexicon): Draft {
  const items = draft.items.filter((item) => !rule.forbids(item));
  const rules = [...draft.rules, rule];
  const older = draft.demands.map(({ demand, modifiers }) => ({
    demand,
    modifiers: modifiers.filter(isAllowedColour({ items, rules: [rule], lexicon })),
  }));
  const own = rule.demands.map((demand) => ({
    demand,
    modifiers: findModifiers(demand, { items, rules, lexicon }),
  }));
  return { rules, demands: [...older, ...own], items };
}

function emptyState(draft: Draft) {
  return { types: [], pending: draft.demands.map((_, index) => index) };
}

interface Among {
  readonly items: readonly ReadItem[];
  readonly rules: readonly OutfitRule[];
  readonly lexicon: Lexicon;
}

/** Colours that turn any garment into what is demanded and break no rule: tried on a few garments. */
function findModifiers(demand: Demand, among: Among): string[] {
  const { items, lexicon } = among;
  const samples = pickSamples(items);
  if (samples.length === 0 || samples.some((item) => demand.meets(item))) return [];
  return lexicon.colours
    .map((colour) => colour.name)
    .filter((name) =>
      samples.every((item) => demand.meets(describeGarment(`${name} ${item.query}`, item, lexicon))),
    )
    .filter(isAllowedColour(among));
}

/** A colour that a rule forbids on one garment is not counted on. */
function isAllowedColour({ items, rules, lexicon }: Among): (name: string) => boolean {
  const samples = pickSamples(items);
  return (name) =>
    samples.every((item) => {
      const coloured = describeGarment(`${name} ${item.query}`, item, lexicon);
      return !rules.some((rule) => rule.forbids(coloured));
    });
}

/** A few garments of different slots. */
function pickSamples(items: readonly ReadItem[]): ReadItem[] {
  return ["shoes", "accessory", "full-body"].flatMap(
    (type) => items.find((item) => item.type === type) ?? [],
  );
}

function describeGarment(query: string, item: ReadItem, lexicon: Lexicon): ReadItem {
  return readItem({ query, key: "", type: item.type ?? "", min: "1", max: "1", brand: "" }, lexicon);
}

/** Every garment of the brief's gender as a bare query; those that other garments' names shadow are left out. */
function readGarments(brief: Brief, lexicon: Lexicon): ReadItem[] {
  return lexicon.garments
    .filter((garment) => brief.gender === "unisex" || garment.genders.includes(brief.gender))
    .map((garment) => ({ garment, item: readBareItem(garment, lexicon) }))
    .filter(({ garment, item }) => item.garment === garment && !isGenericName(garment))
    .map(({ item }) => item);
}

const bareItems = new WeakMap<Garment, ReadItem>();

function readBareItem(garment: Garment, lexicon: Lexicon): ReadItem {
  const known = bareItems.get(garment);
  if (known) return known;
  const item = readItem(
    { query: garment.name, key: "", type: garment.type, min: "1", max: "1", brand: "" },
    lexicon,
  );
  bareItems.set(garment, item);
  return item;
}

/** "shoes", "bag", "accessory" name a slot, not a product. */
function isGenericName({ name, type }: Garment): boolean {
  return name === type;
}

function listCandidates(draft: Draft): Candidate[] {
  return draft.items.flatMap((item) => {
    const { garment } = item;
    if (!garment) return [];
    const meets = draft.demands.flatMap(({ demand, modifiers }, index) =>
      modifiers.length > 0 || demand.meets(item) ? [index] : [],
    );
    return [{ garment, type: garment.type, meets }];
  });
}

function listKinds(draft: Draft): ItemKind[] {
  const kinds = new Map<string, ItemKind>();
  for (const { type, meets } of listCandidates(draft))
    kinds.set(`${type} ${meets.join(",")}`, { type, meets });
  return [...kinds.values()].sort((a, b) => b.meets.length - a.meets.length);
}
