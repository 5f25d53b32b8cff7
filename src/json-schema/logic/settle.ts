import {
  type ArrayPart,
  type Branch,
  NUMBER_BITS,
  type ObjectPart,
  type Scalar,
  TYPE_BITS,
} from "./branch.ts";
import { isNumberMeeting, isNumberRangeEmpty } from "./number-assertions.ts";

/** Drops what a branch cannot be after all; undefined when nothing is left. Looks no deeper than the value itself. */
export function settle(branch: Branch): Branch | undefined {
  let { types } = branch;
  const { allowed, excluded } = branch;
  if (types & TYPE_BITS.array && isArrayImpossible(branch.array)) types &= ~TYPE_BITS.array;
  if (types & TYPE_BITS.object && isObjectImpossible(branch.object)) types &= ~TYPE_BITS.object;
  if (types & NUMBER_BITS && branch.number.length > 0) types = settleNumbers(branch, types);
  if (types & TYPE_BITS.null && excluded.has("null")) types &= ~TYPE_BITS.null;
  if (types & TYPE_BITS.boolean && excluded.has("true") && excluded.has("false")) types &= ~TYPE_BITS.boolean;
  if (allowed !== undefined) {
    const left = new Map(
      [...allowed].filter(([text, value]) => isScalarPossible({ ...branch, types }, text, value)),
    );
    if (left.size === 0) return undefined;
    let present = 0;
    for (const value of left.values()) present |= typeBitOf(value);
    return left.size === allowed.size && (types & present) === branch.types
      ? branch
      : { ...branch, types: types & present, allowed: left };
  }
  if (types === 0) return undefined;
  return types === branch.types ? branch : { ...branch, types };
}

function settleNumbers(branch: Branch, types: number): number {
  let left = types;
  for (const kind of ["integer", "fraction"] as const) {
    if (left & TYPE_BITS[kind] && isNumberRangeEmpty(branch.number, kind)) left &= ~TYPE_BITS[kind];
  }
  return left;
}

function isScalarPossible(branch: Branch, text: string, value: Scalar): boolean {
  if ((branch.types & typeBitOf(value)) === 0 || branch.excluded.has(text)) return false;
  return typeof value !== "number" || isNumberMeeting(branch.number, value);
}

function typeBitOf(value: unknown): number {
  if (value === null) return TYPE_BITS.null;
  if (Array.isArray(value)) return TYPE_BITS.array;
  if (typeof value === "boolean") return TYPE_BITS.boolean;
  if (typeof value === "string") return TYPE_BITS.string;
  if (typeof value === "number") return Number.isInteger(value) ? TYPE_BITS.integer : TYPE_BITS.fraction;
  return TYPE_BITS.object;
}

function isArrayImpossible({ least, most, contains }: ArrayPart): boolean {
  return least > most || contains.some((rule) => rule.least > rule.most || rule.from + rule.least > most);
}

function isObjectImpossible({ least, most, required, rules }: ObjectPart): boolean {
  if (least > most || required.length > most) return true;
  return rules.some(
    ({ matcher, literals }) =>
      !matcher.isNegated &&
      literals.some(({ node, sign }) => node.schema === !sign) &&
      required.some((name) => matcher.names.includes(name)),
  );
}
