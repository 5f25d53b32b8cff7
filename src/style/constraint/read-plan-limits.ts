import { ITEM_TYPES } from "../plan.ts";
import { LONGEST_QUERY, SHORTEST_QUERY } from "./accept-query.ts";
import { ITEM_COUNTS } from "./item-counts.ts";
import { SHORTEST_DESCRIPTION, SHORTEST_LOOKS } from "./outfit-texts.ts";
import type { PlanLimits, PriceForm } from "./plan-limits.ts";
import type { PurseOptions } from "./purse.ts";
import { createSchemaBranches, isSchemaObject, type SchemaObject } from "./schema-branches.ts";

/** No key, type or price is longer. */
const LONGEST_WORD = 40;

/** How far the plans go that the constraint writes for a brief. */
export interface PlanExtent {
  readonly outfits: number;
  readonly longestProse: number;
  readonly longestBrand: number;
  highestPrice(of: Pick<PurseOptions, "counts" | "isWhole">): number;
}

/**
 * What a caller's JSON Schema leaves of the plans that the constraint writes. Null when that is nothing, or when the
 * schema says something that would not surely be kept: then the schema has to steer alone. Only patterns of prices are
 * passed over here, for the caller to try on examples.
 */
export function readPlanLimits(schema: unknown, plan: PlanExtent): PlanLimits | null {
  const branches = createSchemaBranches(schema);
  const pick = <T>(of: unknown, read: (branch: SchemaObject) => T | null): T | null => {
    for (const branch of branches(of)) {
      const found = read(branch);
      if (found !== null) return found;
    }
    return null;
  };
  const takes = (of: unknown, fits: (branch: SchemaObject) => boolean) =>
    pick(of, (branch) => fits(branch) || null) !== null;

  const root = pick(schema, (branch) => readObject(branch, ["outfits"]));
  const outfits = pick(root?.outfits, readArray);
  if (!outfits || plan.outfits < outfits.least || plan.outfits > outfits.most) return null;
  const outfit = pick(outfits.items, (branch) => readObject(branch, ["looks", "description", "items"]));
  const items = pick(outfit?.items, readArray);
  const item = pick(items?.items, (branch) =>
    readObject(branch, ["query", "key", "type", "min", "max", "brand"]),
  );
  if (!outfit || !items || !item) return null;

  const texts: readonly (readonly [unknown, TextExtent])[] = [
    [outfit.looks, { shortest: SHORTEST_LOOKS, longest: plan.longestProse }],
    [outfit.description, { shortest: SHORTEST_DESCRIPTION, longest: plan.longestProse }],
    [item.query, { shortest: SHORTEST_QUERY, longest: LONGEST_QUERY }],
    [item.brand, { longest: plan.longestBrand }],
    [item.key, { longest: LONGEST_WORD }],
  ];
  if (!texts.every(([text, extent]) => takes(text, (branch) => takesString(branch, extent)))) return null;
  const types = ITEM_TYPES.filter((type) =>
    takes(item.type, (branch) => takesString(branch, { longest: LONGEST_WORD, value: type })),
  );
  const least = Math.max(ITEM_COUNTS.least, items.least);
  const most = Math.min(ITEM_COUNTS.most, items.most);
  if (types.length === 0 || least > most) return null;
  const counts = { least, most };
  const prices = [item.min, item.max];
  const isWhole = !prices.every((price) => takes(price, (branch) => takesCents(branch)));
  const highestPrice = plan.highestPrice({ counts, isWhole });
  const priceForm = (["string", "number"] as const).find((form) =>
    prices.every((price) => takes(price, (branch) => takesPrice(branch, { form, highestPrice }))),
  );
  if (priceForm === undefined) return null;
  return { priceForm, wholePrices: priceForm === "number" && isWhole, counts, types };
}

/** The schemas of `keys`; null unless an object of exactly these is allowed. */
function readObject<Key extends string>(
  branch: SchemaObject,
  keys: readonly Key[],
): Record<Key, unknown> | null {
  const { type, properties, required = [], additionalProperties: _, ...others } = branch;
  if (!allows(type, "object") || hasMore(others)) return null;
  if (!isSchemaObject(properties) || !keys.every((key) => Object.hasOwn(properties, key))) return null;
  const isComplete =
    Array.isArray(required) && required.every((key: unknown) => keys.some((own) => own === key));
  if (!isComplete) return null;
  // All keys were found just before.
  return Object.fromEntries(keys.map((key) => [key, properties[key]])) as Record<Key, unknown>;
}

function readArray(
  branch: SchemaObject,
): { readonly items: unknown; readonly least: number; readonly most: number } | null {
  const {
    type,
    items,
    minItems = 0,
    maxItems = Number.POSITIVE_INFINITY,
    uniqueItems: _,
    ...others
  } = branch;
  if (!allows(type, "array") || hasMore(others)) return null;
  if (typeof minItems !== "number" || typeof maxItems !== "number") return null;
  return { items: items ?? true, least: Math.ceil(minItems), most: Math.floor(maxItems) };
}

interface TextExtent {
  /** 1 if left out. */
  readonly shortest?: number;
  readonly longest: number;
  readonly value?: string;
}

/** Any text of `shortest` to `longest` characters, or this very one. */
function takesString(branch: SchemaObject, text: TextExtent): boolean {
  const {
    type,
    minLength = 0,
    maxLength = Number.POSITIVE_INFINITY,
    enum: values,
    const: only,
    ...others
  } = branch;
  if (!allows(type, "string") || hasMore(others)) return false;
  const { shortest = 1, longest, value } = text;
  const isListed = (list: unknown) => value !== undefined && Array.isArray(list) && list.includes(value);
  if (values !== undefined && !isListed(values)) return false;
  if (only !== undefined && !isListed([only])) return false;
  const characters = value?.length;
  return Number(minLength) <= (characters ?? shortest) && Number(maxLength) >= (characters ?? longest);
}

function takesPrice(
  branch: SchemaObject,
  price: { readonly form: PriceForm; readonly highestPrice: number },
): boolean {
  if (price.form === "string") {
    const { pattern: _, ...rest } = branch;
    return takesString(rest, { longest: LONGEST_WORD });
  }
  const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf, ...others } = branch;
  if (!(allows(type, "number") || allows(type, "integer")) || hasMore(others)) return false;
  return (
    // A price is above zero.
    Number(minimum ?? 0) <= 0 &&
    Number(exclusiveMinimum ?? 0) <= 0 &&
    Number(maximum ?? Number.POSITIVE_INFINITY) >= price.highestPrice &&
    !(Number(exclusiveMaximum ?? Number.POSITIVE_INFINITY) <= price.highestPrice) &&
    (multipleOf === undefined || multipleOf === 1 || multipleOf === 0.01)
  );
}

/** Else of a number's whole ones only. */
function takesCents({ type, multipleOf }: SchemaObject): boolean {
  return allows(type, "number") && multipleOf !== 1;
}

function allows(type: unknown, name: string): boolean {
  return type === undefined || type === name || (Array.isArray(type) && type.includes(name));
}

function hasMore(others: SchemaObject): boolean {
  return Object.keys(others).length > 0;
}
