import { z } from "zod";

/** The seven slots an item can fill; the local model answers `type` with one of these words. */
export const ITEM_TYPES = ["top", "bottom", "full-body", "outerwear", "shoes", "bag", "accessory"] as const;
export const itemTypeSchema = z.enum(ITEM_TYPES);
export type ItemType = z.infer<typeof itemTypeSchema>;

/** Most outfits a caller may ask for in one plan (contract of `/generate`). */
export const MAX_OUTFITS = 5;

/**
 * One product search. Key order is wire order: the model writes the properties in it.
 * `min` and `max` are prices in the budget's currency; the local model answers them as strings.
 */
const planItemSchema = z.strictObject({
  query: z.string().min(1),
  key: z.string().min(1),
  type: itemTypeSchema,
  min: z.string().regex(/^\d+(\.\d{1,2})?$/),
  max: z.string().regex(/^\d+(\.\d{1,2})?$/),
  brand: z.string().min(1),
});
export type PlanItem = z.infer<typeof planItemSchema>;

const outfitSchema = z.strictObject({
  looks: z.string().min(1),
  description: z.string().min(1),
  items: z.array(planItemSchema).min(3).max(6),
});
export type Outfit = z.infer<typeof outfitSchema>;

/** What Tailor's own model answers: the strict form of the backend's plan. */
export const planSchema = z.strictObject({ outfits: z.array(outfitSchema).min(1).max(MAX_OUTFITS) });
export type Plan = z.infer<typeof planSchema>;

const looseItemSchema = z.looseObject({
  query: z.string(),
  key: z.string(),
  type: z.string(),
  min: z.union([z.string(), z.number()]),
  max: z.union([z.string(), z.number()]),
  brand: z.string(),
});

/** What the backend accepts (its own zod schema): any upstream's plan is judged in this form. */
export const loosePlanSchema = z.looseObject({
  outfits: z
    .array(z.looseObject({ looks: z.string(), description: z.string(), items: z.array(looseItemSchema) }))
    .min(1),
});
export type LoosePlan = z.infer<typeof loosePlanSchema>;
