import { z } from "zod";

/** An embeddings request; what it says besides is left to the target. */
export const embeddingsRequestSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([
    z.string().min(1),
    z.array(z.string()).min(1).max(2048),
    z.array(z.number().int()).min(1),
    z.array(z.array(z.number().int()).min(1)).min(1).max(2048),
  ]),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.number().int().min(1).nullish(),
  user: z.string().nullish(),
});
export type EmbeddingsRequest = z.infer<typeof embeddingsRequestSchema>;

/** An answer, read loosely: vectors as numbers, or as base64 when that was asked for. */
export const embeddingsAnswerSchema = z.looseObject({
  object: z.literal("list").default("list"),
  data: z
    .array(
      z.looseObject({
        object: z.literal("embedding").default("embedding"),
        index: z.number(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    )
    .min(1),
  model: z.string().nullish(),
  usage: z.looseObject({ prompt_tokens: z.number(), total_tokens: z.number() }).nullish(),
});
export type EmbeddingsAnswer = z.infer<typeof embeddingsAnswerSchema>;
