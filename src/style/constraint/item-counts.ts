/** How many items an outfit may have. */
export interface ItemCounts {
  readonly least: number;
  readonly most: number;
}

/** What the hard checks ask for. */
export const ITEM_COUNTS: ItemCounts = { least: 3, most: 6 };

/** Shares of outfits with so many items in the training data. */
const SHARES: readonly (readonly [count: number, share: number])[] = [
  [3, 0.07],
  [4, 0.4],
  [5, 0.41],
  [6, 0.12],
];

/** How many items mostly follow on `items` of them, when at least `missing` have to and `most` is the end. */
export function expectFurtherItems(items: number, within: { missing: number; most: number }): number {
  const { missing, most } = within;
  const possible = SHARES.filter(([count]) => count >= items + missing && count <= most);
  const total = possible.reduce((sum, [, share]) => sum + share, 0);
  if (total === 0) return missing;
  return possible.reduce((sum, [count, share]) => sum + share * (count - items), 0) / total;
}
