/** What a GBNF rule says, as a tree. Character sets are inclusive code point ranges, two numbers each. */
export type GbnfExpression =
  | { readonly kind: "characters"; readonly ranges: readonly number[] }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "sequence"; readonly parts: readonly GbnfExpression[] }
  | { readonly kind: "choice"; readonly parts: readonly GbnfExpression[] }
  | {
      readonly kind: "repeat";
      readonly part: GbnfExpression;
      readonly least: number;
      readonly most: number | null;
    };

export type GbnfRules = ReadonlyMap<string, GbnfExpression>;

export const LAST_CODE_POINT = 0x10ffff;

/** The ranges between these: what a negated class allows. */
export function negateRanges(ranges: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let index = 0; index < ranges.length; index += 2)
    pairs.push([ranges[index] ?? 0, ranges[index + 1] ?? 0]);
  pairs.sort(([left], [right]) => left - right);
  const negated: number[] = [];
  let from = 0;
  for (const [first, last] of pairs) {
    if (first > from) negated.push(from, first - 1);
    from = Math.max(from, last + 1);
  }
  if (from <= LAST_CODE_POINT) negated.push(from, LAST_CODE_POINT);
  return negated;
}

export function hasCodePoint(ranges: readonly number[], codePoint: number): boolean {
  for (let index = 0; index < ranges.length; index += 2) {
    if (codePoint >= (ranges[index] ?? 0) && codePoint <= (ranges[index + 1] ?? -1)) return true;
  }
  return false;
}
