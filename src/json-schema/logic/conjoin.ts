import type { ArrayPart, Branch, Evaluated, ObjectPart, Scalar } from "./branch.ts";
import { SCALAR_TYPES } from "./branch.ts";
import type { Literal } from "./goal.ts";

/** What meets both branches; undefined when that is plainly nothing. */
export function conjoin(left: Branch, right: Branch): Branch | undefined {
  const allowed = intersectScalars(left.allowed, right.allowed);
  let types = left.types & right.types;
  if (allowed !== undefined) {
    if (allowed.size === 0) return undefined;
    types &= SCALAR_TYPES;
  }
  if (types === 0) return undefined;
  return {
    types,
    allowed,
    excluded: right.excluded.size === 0 ? left.excluded : new Map([...left.excluded, ...right.excluded]),
    number: join(left.number, right.number),
    string: join(left.string, right.string),
    array: conjoinArrays(left.array, right.array),
    object: conjoinObjects(left.object, right.object),
    evaluated: conjoinEvaluated(left.evaluated, right.evaluated),
    declared: union(left.declared, right.declared),
    open: union(left.open, right.open),
    isTyped: left.isTyped || right.isTyped,
    hintedTypes: left.hintedTypes | right.hintedTypes,
    declaresProperties: left.declaresProperties || right.declaresProperties,
    closable: union(left.closable, right.closable),
    isAdditionalSettled: left.isAdditionalSettled || right.isAdditionalSettled,
  };
}

function intersectScalars(
  left: ReadonlyMap<string, Scalar> | undefined,
  right: ReadonlyMap<string, Scalar> | undefined,
): ReadonlyMap<string, Scalar> | undefined {
  if (left === undefined) return right;
  if (right === undefined) return left;
  return new Map([...left].filter(([text]) => right.has(text)));
}

function conjoinArrays(left: ArrayPart, right: ArrayPart): ArrayPart {
  const length = Math.max(left.prefix.length, right.prefix.length);
  const at = (part: ArrayPart, index: number): readonly Literal[] => part.prefix[index] ?? part.rest;
  return {
    prefix: Array.from({ length }, (_, index) => join(at(left, index), at(right, index))),
    rest: join(left.rest, right.rest),
    least: Math.max(left.least, right.least),
    most: Math.min(left.most, right.most),
    contains: join(left.contains, right.contains),
    isUnique: left.isUnique || right.isUnique,
  };
}

function conjoinObjects(left: ObjectPart, right: ObjectPart): ObjectPart {
  return {
    rules: join(left.rules, right.rules),
    keyLiterals: join(left.keyLiterals, right.keyLiterals),
    required: union(left.required, right.required),
    least: Math.max(left.least, right.least),
    most: Math.min(left.most, right.most),
    some: join(left.some, right.some),
  };
}

function conjoinEvaluated(left: Evaluated, right: Evaluated): Evaluated {
  return {
    names: union(left.names, right.names),
    patterns: union(left.patterns, right.patterns),
    hasAllProperties: left.hasAllProperties || right.hasAllProperties,
    itemCount: Math.max(left.itemCount, right.itemCount),
    containing: join(left.containing, right.containing),
  };
}

/** Most branches say nothing about most things: what one side leaves empty costs nothing. */
function join<Item>(left: readonly Item[], right: readonly Item[]): readonly Item[] {
  if (right.length === 0) return left;
  return left.length === 0 ? right : [...left, ...right];
}

function union<Item>(left: readonly Item[], right: readonly Item[]): readonly Item[] {
  if (right.length === 0) return left;
  return left.length === 0 ? right : [...new Set([...left, ...right])];
}
