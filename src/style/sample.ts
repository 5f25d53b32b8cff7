import { z } from "zod";
import { formSchema, profileSchema } from "./form.ts";
import { MAX_OUTFITS, planSchema } from "./plan.ts";

/**
 * One line of `data/style-dataset/*.jsonl`. Further fields (provenance, licence, split) pass through; `output` is the
 * strict plan that a model is trained to write.
 */
export const sampleSchema = z.looseObject({
  id: z.string().min(1),
  /** Where it comes from, e.g. "synthetic", "logged", "review". */
  source: z.string().min(1),
  input: z.looseObject({
    form: formSchema,
    profile: profileSchema.default({}),
    outfits: z.number().int().min(1).max(MAX_OUTFITS).optional(),
  }),
  output: planSchema,
});
export type Sample = z.infer<typeof sampleSchema>;
