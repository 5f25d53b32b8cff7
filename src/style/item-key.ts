import { splitWords } from "./text.ts";

/** The key of an item in its outfit: the garment's name with underscores, numbered when taken: "maxi_dress". */
export function createItemKey(garment: string, taken: readonly string[]): string {
  const key = splitWords(garment).join("_");
  if (!taken.includes(key)) return key;
  let number = 2;
  while (taken.includes(`${key}_${number}`)) number++;
  return `${key}_${number}`;
}
