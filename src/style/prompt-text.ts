import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** `data/style/prompt.json`: every word of the local model's prompt that is not the user's. */
const promptFileSchema = z.strictObject({
  version: z.string(),
  system: z.string(),
  labels: z.strictObject({
    occasion: z.string(),
    brands: z.string(),
    budget: z.string(),
    guidance: z.string(),
    profile: z.string(),
    imageTags: z.string(),
    outfits: z.string(),
  }),
  /** Written where nothing was said about brands, budget or occasion. */
  any: z.string(),
  /** Most code points of each user text; most brands and tags. */
  limits: z.strictObject({
    occasion: z.number(),
    guidance: z.number(),
    brand: z.number(),
    brands: z.number(),
    tag: z.number(),
    tags: z.number(),
  }),
});

export interface PromptText extends z.infer<typeof promptFileSchema> {
  /** Version and content hash, stored with every inference: "stylist-1-1a2b3c4d". */
  readonly promptVersion: string;
}

/** Reads `<folder>/prompt.json`; throws when it is missing or malformed. */
export function loadPromptText(folder: string): PromptText {
  const content = readFileSync(join(folder, "prompt.json"), "utf8");
  const text = promptFileSchema.parse(JSON.parse(content));
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  return { ...text, promptVersion: `${text.version}-${hash}` };
}
