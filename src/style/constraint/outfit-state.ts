import { SLOT_LIMITS } from "../checks/slots.ts";
import type { ItemType } from "../plan.ts";

/** Items so far, as far as composition and demands go. */
export interface OutfitState {
  readonly types: readonly ItemType[];
  /** Indexes of demands that no item meets yet. */
  readonly pending: readonly number[];
}

/** A way to fill a slot: its type and the demands that some garment of it can meet. */
export interface ItemKind {
  readonly type: ItemType;
  readonly meets: readonly number[];
}

export function addItem(state: OutfitState, kind: ItemKind): OutfitState {
  return {
    types: [...state.types, kind.type],
    pending: state.pending.filter((demand) => !kind.meets.includes(demand)),
  };
}

/** May another item of this type join? A full-body piece and a bottom exclude each other. */
export function isTypeOpen(types: readonly ItemType[], type: ItemType): boolean {
  if (type === "bottom" && types.includes("full-body")) return false;
  if (type === "full-body" && types.includes("bottom")) return false;
  return types.filter((own) => own === type).length < SLOT_LIMITS[type];
}

function isComposed(types: readonly ItemType[]): boolean {
  const isDressed =
    types.includes("full-body") ||
    (types.includes("bottom") && (types.includes("top") || types.includes("outerwear")));
  return isDressed && types.includes("shoes");
}

/** Fewest further items with which the outfit is complete; null when `room` does not suffice. */
export function countMissing(
  state: OutfitState,
  within: { kinds: readonly ItemKind[]; room: number; least: number },
): number | null {
  const { kinds, room, least } = within;
  const short = least - state.types.length;
  for (let count = Math.max(0, short); count <= room; count++) {
    if (canComplete(state, { kinds, count })) return count;
  }
  return null;
}

function canComplete(state: OutfitState, within: { kinds: readonly ItemKind[]; count: number }): boolean {
  if (isComposed(state.types) && state.pending.length === 0) return true;
  const { kinds, count } = within;
  if (count === 0) return false;
  return kinds.some(
    (kind) =>
      isUseful(state, kind) &&
      isTypeOpen(state.types, kind.type) &&
      canComplete(addItem(state, kind), { kinds, count: count - 1 }),
  );
}

function isUseful({ types, pending }: OutfitState, kind: ItemKind): boolean {
  if (pending.some((demand) => kind.meets.includes(demand))) return true;
  if (isComposed(types) || kind.type === "bag" || kind.type === "accessory") return false;
  if (kind.type === "outerwear") return !types.includes("top");
  return !types.includes(kind.type);
}
