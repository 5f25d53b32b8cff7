import type { ItemType } from "./plan.ts";

/** The key of an item in its outfit, as training data has it: its type, from the second one on with a number: "top-2". */
export function createItemKey(type: ItemType, before: readonly ItemType[]): string {
  const count = before.filter((other) => other === type).length + 1;
  return count === 1 ? type : `${type}-${count}`;
}
