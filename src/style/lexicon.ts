import { z } from "zod";
import { itemTypeSchema } from "./plan.ts";

/**
 * The knowledge in `data/style/*.json`, read by TypeScript and Python alike.
 * Every word in the files is lower case, singular where English has a singular.
 */

/** How warm a garment is worn: 0 for heat, 1 mild, 2 cold. */
const warmthSchema = z.number().int().min(0).max(2);

/** Formality: 0 sport/beach, 1 casual, 2 smart casual, 3 dressy/cocktail/business, 4 formal/black tie. */
const formalitySchema = z.number().int().min(0).max(4);

const garmentSchema = z.strictObject({
  /** Canonical noun as it ends a product query: "trousers", "ankle boots", "tote bag". */
  name: z.string(),
  /** Other spellings that mean the same garment: ["pants"]. */
  aliases: z.array(z.string()),
  type: itemTypeSchema,
  /** Who wears it; both when either does. */
  genders: z.array(z.enum(["women", "men"])).min(1),
  /** Lowest and highest formality it suits, inclusive. */
  formality: z.tuple([formalitySchema, formalitySchema]),
  /** Lowest and highest warmth it suits, inclusive. */
  warmth: z.tuple([warmthSchema, warmthSchema]),
  /** Machine-readable traits used by guidance and occasion rules, e.g. heel, flat, sneaker, open-toe, leather,
   * sleeveless, short, fitted, denim, sport, swim, formal-only, animal. */
  traits: z.array(z.string()),
  /** Usual low and high price in US dollars. */
  price: z.tuple([z.number(), z.number()]),
});
export type Garment = z.infer<typeof garmentSchema>;

/** `data/style/garments.json` */
export const garmentsFileSchema = z.strictObject({ garments: z.array(garmentSchema).min(1) });

const brandSchema = z.strictObject({
  /** Normalised spelling, as plans write it: "h&m", "massimo dutti". */
  name: z.string(),
  aliases: z.array(z.string()),
  /** 1 budget, 2 mid, 3 premium, 4 luxury. */
  tier: z.number().int().min(1).max(4),
  genders: z.array(z.enum(["women", "men"])).min(1),
  /** Item types the brand sells. */
  types: z.array(itemTypeSchema).min(1),
  /** e.g. sport, outdoor, denim, tailoring, modest, vegan. */
  traits: z.array(z.string()),
});
export type Brand = z.infer<typeof brandSchema>;

/** `data/style/brands.json` */
export const brandsFileSchema = z.strictObject({ brands: z.array(brandSchema).min(60) });

const occasionSchema = z.strictObject({
  /** Canonical name: "beach wedding". */
  name: z.string(),
  /** Words or phrases that point to it in a user's own words; matched on word bounds, longest first. */
  keywords: z.array(z.string()).min(1),
  formality: z.tuple([formalitySchema, formalitySchema]),
  warmth: z.tuple([warmthSchema, warmthSchema]),
  /** Dress codes the hard check `occasion` enforces: black-tie, formal, smart, dressy, casual, sport, beach, hot, cold, ... */
  codes: z.array(z.string()),
});
export type Occasion = z.infer<typeof occasionSchema>;

/** `data/style/occasions.json` */
export const occasionsFileSchema = z.strictObject({ occasions: z.array(occasionSchema).min(60) });

/** `data/style/colours.json`: colour words and their families ("earth", "pastel", "neutral", "bright", "dark", "metallic"). */
export const coloursFileSchema = z.strictObject({
  colours: z.array(
    z.strictObject({
      name: z.string(),
      aliases: z.array(z.string()),
      /** Base hue it is a shade of: navy → blue. */
      base: z.string(),
      families: z.array(z.string()),
    }),
  ),
});

/** `data/style/words.json`: modifiers a query may hold besides garments, colours and brands. */
export const wordsFileSchema = z.strictObject({
  materials: z.array(z.string()),
  patterns: z.array(z.string()),
  fits: z.array(z.string()),
  details: z.array(z.string()),
  /** Words each gender's queries may carry: "women's", "men's". */
  audience: z.array(z.string()),
  /** Further English words seen in product titles. */
  common: z.array(z.string()),
});
