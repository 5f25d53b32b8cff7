/** Choices drawn from one source of numbers. */
export interface Chooser {
  chance(probability: number): boolean;
  /** Inclusive on both ends. */
  int(low: number, high: number): number;
  between(low: number, high: number): number;
  /** @throws RangeError on an empty list. */
  pick<T>(values: readonly T[]): T;
  /** Null when no value has a weight above zero. */
  weighted<T>(values: readonly T[], weightOf: (value: T) => number): T | null;
  /** `count` different values in drawn order, fewer when there are fewer. */
  sample<T>(values: readonly T[], count: number): T[];
}

export function createChooser(random: () => number): Chooser {
  const int = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  return {
    chance: (probability) => random() < probability,
    int,
    between: (low, high) => low + random() * (high - low),
    pick: (values) => pickFrom(values, random()),
    weighted(values, weightOf) {
      const weights = values.map(weightOf);
      let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
      const at = weights.findIndex((weight) => {
        left -= weight;
        return weight > 0 && left < 0;
      });
      return values[at] ?? null;
    },
    sample(values, count) {
      const rest = [...values];
      const taken: (typeof rest)[number][] = [];
      while (taken.length < count && rest.length > 0) taken.push(...rest.splice(int(0, rest.length - 1), 1));
      return taken;
    },
  };
}

function pickFrom<T>(values: readonly T[], share: number): T {
  const value = values[Math.floor(share * values.length)];
  if (value === undefined) throw new RangeError("Nothing to pick from.");
  return value;
}
