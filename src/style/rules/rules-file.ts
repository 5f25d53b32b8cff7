import { z } from "zod";
import { itemTypeSchema } from "../plan.ts";

const POLARITIES = ["want", "avoid", "none"] as const;
const polaritySchema = z.enum(POLARITIES);
/** How a mention in the guidance text stands: asked for, ruled out, or merely said. */
export type Polarity = z.infer<typeof polaritySchema>;

/**
 * Which items a rule means: of one of `types` (any when absent), without an excuse, and with at least one of the
 * other conditions (none given: the type alone decides).
 */
const matcherSchema = z.strictObject({
  types: z.array(itemTypeSchema).optional(),
  /** The garment has one of these traits. */
  traits: z.array(z.string()).optional(),
  /** The query holds one of these phrases, in singular or plural. */
  words: z.array(z.string()).optional(),
  /** The query names a colour of one of these families. */
  families: z.array(z.string()).optional(),
  /** The query names any colour. */
  coloured: z.boolean().optional(),
  /** The query names a pattern other than the plain ones. */
  patterns: z.boolean().optional(),
  /** Highest formality of the garment is at most this. */
  formalityMax: z.number().optional(),
  /** Lowest formality of the garment is at least this. */
  formalityMin: z.number().optional(),
  /** Highest formality of the garment is at least this. */
  formalityTop: z.number().optional(),
  /** Lowest warmth of the garment is at least this. */
  warmthMin: z.number().optional(),
  /** Highest warmth of the garment is at most this. */
  warmthMax: z.number().optional(),
  unlessWords: z.array(z.string()).optional(),
  unlessTraits: z.array(z.string()).optional(),
});
export type MatcherSpec = z.infer<typeof matcherSchema>;

const demandSchema = z.strictObject({
  /** At least one item must match one of these. */
  match: z.array(matcherSchema),
  /** Items the share is counted over. */
  among: z.array(matcherSchema).optional(),
  /** Least share of matching items among the counted ones. */
  share: z.number().optional(),
  /** What is asked for, in words for a reason. */
  hint: z.string().optional(),
});

const ruleSchema = z.strictObject({
  /** The user asked for these very garments, so that dress codes do not rule them out. */
  wish: z.boolean().optional(),
  forbid: z.array(matcherSchema).optional(),
  demand: z.array(demandSchema).optional(),
});
export type RuleSpec = z.infer<typeof ruleSchema>;

const phraseListSchema = z.array(z.string());

/** `data/style/rules.json`: rules on outfits as data, when they apply, and the small words around them. */
export const rulesFileSchema = z.strictObject({
  rules: z.record(z.string(), ruleSchema),
  guidance: z.array(
    z.strictObject({
      rule: z.string(),
      phrases: phraseListSchema,
      polarity: z.array(polaritySchema),
      /** Longer phrases that hold one of `phrases` and mean something else: "cold shoulder". */
      except: phraseListSchema.optional(),
    }),
  ),
  /** Dress code of an occasion → rule. Codes without a rule are not judged. */
  occasion: z.record(z.string(), z.string()),
  /** Words of an occasion that tell its weather, outside the phrases of known occasions. */
  weather: z.strictObject({ cold: phraseListSchema, hot: phraseListSchema }),
  cues: z.strictObject({
    avoid: phraseListSchema,
    want: phraseListSchema,
    demand: phraseListSchema,
    neutral: phraseListSchema,
    turn: phraseListSchema,
    stop: phraseListSchema,
    owned: phraseListSchema,
    filler: phraseListSchema,
    exclusive: phraseListSchema,
    generic: phraseListSchema,
  }),
  /** Further words for an item's type in other models' plans. */
  itemTypes: z.record(itemTypeSchema, phraseListSchema),
  stopWords: phraseListSchema,
  audience: z.strictObject({ women: phraseListSchema, men: phraseListSchema }),
  plainPatterns: phraseListSchema,
  /** Spellings of one pattern: who rules out one of them rules out all. */
  patternGroups: z.array(phraseListSchema),
  /** Material and pattern words that a rule of the table judges, or that say too little to judge. */
  unjudgedMaterials: phraseListSchema,
});
export type RulesFile = z.infer<typeof rulesFileSchema>;
