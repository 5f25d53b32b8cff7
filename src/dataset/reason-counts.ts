/** How often each reason code occurred, keys in order. */
export type ReasonCounts = Readonly<Record<string, number>>;

export interface Counter {
  add(key: string): void;
  read(): ReasonCounts;
}

export function createCounter(): Counter {
  const counts = new Map<string, number>();
  return {
    add: (key) => void counts.set(key, (counts.get(key) ?? 0) + 1),
    read: () => Object.fromEntries([...counts].sort(([one], [two]) => (one < two ? -1 : 1))),
  };
}
