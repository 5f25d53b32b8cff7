/**
 * The seed of one of a request's choices. The first has the request's own, so that it is the answer that `n: 1` gives;
 * the others' are far from it and from those of neighbouring seeds.
 */
export function createChoiceSeed(seed: number, index: number): number {
  const low = seed >>> 0;
  // Seeds may have 64 bits: those that differ in the upper half only must not fall together.
  const high = Math.floor(Math.abs(seed) / 2 ** 32) >>> 0;
  const folded = high === 0 ? low : scramble(low ^ scramble(high));
  return index === 0 ? folded : scramble(folded ^ Math.imul(index, 0x9e3779b1));
}

/** The finaliser of MurmurHash3: every bit of the input reaches every bit of the output. */
function scramble(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
