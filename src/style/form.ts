import { z } from "zod";

/** The stylist form as the backend posts it: four free texts, all optional in practice. */
export const formSchema = z.looseObject({
  preparing_for: z.string().default(""),
  preferred_brand: z.string().default(""),
  budget: z.string().default(""),
  description: z.string().default(""),
});
export type Form = z.infer<typeof formSchema>;

/** What is known of the user; every field optional. Heights in cm, weights in kg, age in years. */
export const profileSchema = z.looseObject({
  gender: z.string().optional(),
  age: z.number().optional(),
  heightCm: z.number().optional(),
  weightKg: z.number().optional(),
  locale: z.string().optional(),
  preferredUnits: z.string().optional(),
  profileImageUrl: z.string().optional(),
  imageTags: z.array(z.string()).optional(),
});
export type Profile = z.infer<typeof profileSchema>;
