/** Fewer tokens are evaluated about as fast as their state is copied. */
export const WORTH_COPYING = 64;

export function measureCommonPrefix(held: readonly number[], prompt: readonly number[]): number {
  const most = Math.min(held.length, prompt.length);
  for (let index = 0; index < most; index++) if (held[index] !== prompt[index]) return index;
  return most;
}
