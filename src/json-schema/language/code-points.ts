/** Sorted ranges that neither overlap nor touch, flat: first, last, first, last. */
export type CodePointSet = readonly number[];

/** Every character a JSON text can hold: surrogates alone do not survive UTF-8. */
export const ALL_CODE_POINTS: CodePointSet = [0, 0xd7ff, 0xe000, 0x10ffff];

export function createCodePointSet(text: string): CodePointSet {
  return uniteSets(
    [...text].map((character) => {
      const code = character.codePointAt(0) ?? 0;
      return [code, code];
    }),
  );
}

export function uniteSets(sets: readonly CodePointSet[]): CodePointSet {
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) return only;
  const ranges = sets.flatMap(listRanges).sort((left, right) => left.first - right.first);
  const united: number[] = [];
  for (const { first, last } of ranges) {
    const end = united.at(-1);
    if (end === undefined || first > end + 1) united.push(first, last);
    else if (last > end) united[united.length - 1] = last;
  }
  return united;
}

/** All characters but these. */
export function negateSet(set: CodePointSet): CodePointSet {
  const rest: number[] = [];
  let next = 0;
  for (const { first, last } of listRanges(set)) {
    if (first > next) rest.push(next, first - 1);
    next = last + 1;
  }
  if (next <= 0x10ffff) rest.push(next, 0x10ffff);
  return intersectSets(rest, ALL_CODE_POINTS);
}

export function intersectSets(left: CodePointSet, right: CodePointSet): CodePointSet {
  const common: number[] = [];
  let [leftIndex, rightIndex] = [0, 0];
  while (leftIndex < left.length && rightIndex < right.length) {
    const [leftLast = 0, rightLast = 0] = [left[leftIndex + 1], right[rightIndex + 1]];
    const first = Math.max(left[leftIndex] ?? 0, right[rightIndex] ?? 0);
    const last = Math.min(leftLast, rightLast);
    if (first <= last) common.push(first, last);
    if (leftLast <= rightLast) leftIndex += 2;
    if (rightLast <= leftLast) rightIndex += 2;
  }
  return common;
}

export function hasCodePoint(set: CodePointSet, code: number): boolean {
  let [low, high] = [0, set.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((set[middle * 2 + 1] ?? 0) < code) low = middle + 1;
    else high = middle;
  }
  const first = set[low * 2];
  return first !== undefined && first <= code;
}

export function listRanges(set: CodePointSet): { readonly first: number; readonly last: number }[] {
  const ranges = [];
  for (let index = 0; index < set.length; index += 2) {
    ranges.push({ first: set[index] ?? 0, last: set[index + 1] ?? 0 });
  }
  return ranges;
}

/** Adds a range that lies behind all others. */
export function appendRange(
  ranges: number[],
  range: { readonly first: number; readonly last: number },
): void {
  if (ranges.at(-1) === range.first - 1) ranges[ranges.length - 1] = range.last;
  else ranges.push(range.first, range.last);
}
