import { ITEM_TYPES } from "../plan.ts";
import { ITEM_COUNTS } from "./item-counts.ts";
import type { PlanLimits, PriceForm } from "./plan-limits.ts";
import { createSchemaBranches, isSchemaObject, type SchemaObject } from "./schema-branches.ts";

/** No text that the constraint writes is longer. */
const LONGEST_PROSE = 2000;
const LONGEST_WORD = 40;

/**
 * What a caller's JSON Schema leaves of the plans that the constraint writes. Null when that is nothing, or when the
 * schema says something that would not surely be kept: then the schema has to steer alone. Only patterns of prices are
 * passed over here, for the caller to try on examples.
 */
export function readPlanLimits(
  schema: unknown,
  plan: { readonly outfits: number; readonly highestPrice: number },
): PlanLimits | null {
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

  const prose = [outfit.looks, outfit.description, item.query, item.brand];
  if (!prose.every((text) => takes(text, (branch) => takesString(branch, { longest: LONGEST_PROSE }))))
    return null;
  if (!takes(item.key, (branch) => takesString(branch, { longest: LONGEST_WORD }))) return null;
  const types = ITEM_TYPES.filter((type) =>
    takes(item.type, (branch) => takesString(branch, { longest: LONGEST_WORD, value: type })),
  );
  const least = Math.max(ITEM_COUNTS.least, items.least);
  const most = Math.min(ITEM_COUNTS.most, items.most);
  const prices = [item.min, item.max];
  const priceForm = (["string", "number"] as const).find((form) =>
    prices.every((price) => takes(price, (branch) => takesPrice(branch, { form, ...plan }))),
  );
  if (types.length === 0 || least > most || priceForm === undefined) return null;
  const wholePrices =
    priceForm === "number" && !prices.every((price) => takes(price, (branch) => takesCents(branch)));
  return { priceForm, wholePrices, counts: { least, most }, types };
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

/** Any text of 1 to `longest` characters, or this very one. */
function takesString(branch: SchemaObject, text: { longest: number; value?: string }): boolean {
  const {
    type,
    minLength = 0,
    maxLength = Number.POSITIVE_INFINITY,
    enum: values,
    const: only,
    ...others
  } = branch;
  if (!allows(type, "string") || hasMore(others)) return false;
  const { longest, value } = text;
  const isListed = (list: unknown) => value !== undefined && Array.isArray(list) && list.includes(value);
  if (values !== undefined && !isListed(values)) return false;
  if (only !== undefined && !isListed([only])) return false;
  const characters = value?.length;
  return Number(minLength) <= (characters ?? 1) && Number(maxLength) >= (characters ?? longest);
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
