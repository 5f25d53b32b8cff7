export interface JsonCopy<Value> {
  readonly value: Value;
  /** Length of all texts in it, in UTF-16 units: what a waiting copy keeps in memory. */
  readonly length: number;
}

/** A deep copy of JSON data that shares only its texts, which cannot change: a megabyte of image data is not doubled. */
export function copyJson<Value>(source: Value): JsonCopy<Value> {
  let length = 0;

  function copy(value: unknown): unknown {
    if (typeof value === "string") length += value.length;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(copy);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
  }

  // The copy has the shape of its source, which the recursion cannot express.
  const value = copy(source) as Value;
  return { value, length };
}
