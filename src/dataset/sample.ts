import { z } from "zod";
import { profileSchema } from "../style/form.ts";
import { planSchema } from "../style/plan.ts";

const LICENSE_CLASSES = ["commercial_ok", "research_only", "restricted_teacher", "unknown"] as const;
export const licenseClassSchema = z.enum(LICENSE_CLASSES);
export type LicenseClass = z.infer<typeof licenseClassSchema>;

const sampleFormSchema = z.strictObject({
  preparing_for: z.string(),
  preferred_brand: z.string(),
  budget: z.string(),
  description: z.string(),
});

/** What is known of the user; no image address, as a data set holds no way back to a person's picture. */
const sampleProfileSchema = z.strictObject(profileSchema.omit({ profileImageUrl: true }).shape);

/** One line of a data set. Keys are written in this order. */
export const sampleSchema = z.strictObject({
  id: z.string().min(1).max(120),
  /** "synth", "log" (an answer that was served or shadowed), "feedback" (a person's correction), or another origin. */
  source: z
    .string()
    .max(40)
    .regex(/^[a-z][a-z0-9-]*$/),
  input: z.strictObject({ form: sampleFormSchema, profile: sampleProfileSchema }),
  output: planSchema,
  /** Who may learn from the output. Left out, it is `commercial_ok` for "synth" and `unknown` for all else. */
  licenseClass: licenseClassSchema.optional(),
  /** Samples with the same key never part: one outfit's paraphrases, one template's fillings. */
  groupKey: z.string().optional(),
  /** Hash of the user's sticky key. */
  userHash: z.string().optional(),
  inferenceId: z.string().optional(),
  /** Route target that wrote the output. */
  target: z.string().optional(),
});
export type Sample = z.infer<typeof sampleSchema>;

export function pickLicenseClass(sample: Sample): LicenseClass {
  return sample.licenseClass ?? (sample.source === "synth" ? "commercial_ok" : "unknown");
}

/** A sample as its line: keys in the schema's order, those without a value left out, no line feed. */
export function formatSampleLine(sample: Sample): string {
  // zod copies keys in the schema's order, so equal samples make equal lines.
  return JSON.stringify(sampleSchema.parse(sample));
}

/** JSON Schema of a line, for tools that do not run TypeScript. */
export function createSampleJsonSchema(): object {
  return { ...z.toJSONSchema(sampleSchema), title: "Tailor data set sample" };
}
