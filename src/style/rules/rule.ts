import type { ReadItem } from "../read-item.ts";

/** A rule on outfits: what no item may be, and what some items must be. Judged item by item, so that a plan can be
 * steered while it is written. */
export interface OutfitRule {
  readonly name: string;
  /** The user asked for these very garments: dress codes do not rule them out. */
  readonly isWish: boolean;
  forbids(item: ReadItem): boolean;
  readonly demands: readonly Demand[];
}

export interface Demand {
  meets(item: ReadItem): boolean;
  counts(item: ReadItem): boolean;
  /** Least share of meeting items among the counted ones; 0 asks for one item only. */
  readonly share: number;
  readonly hint: string;
}

/** Why the items break the rule, or null when they keep it. */
export function judgeRule(rule: OutfitRule, items: readonly ReadItem[]): string | null {
  const forbidden = items.find((item) => rule.forbids(item));
  if (forbidden) return `${rule.name}: "${forbidden.query}"`;
  for (const demand of rule.demands) {
    const met = items.filter((item) => demand.meets(item)).length;
    const counted = items.filter((item) => demand.counts(item) || demand.meets(item)).length;
    if (met === 0) return `${rule.name}: no item is ${demand.hint}`;
    if (met < demand.share * counted) return `${rule.name}: too few items are ${demand.hint}`;
  }
  return null;
}
