import { z } from "zod";

/** Most inputs of one request. */
const MAX_INPUTS = 2048;

const tokenIds = z.array(z.number().int().min(0)).min(1);

/** An embeddings request; what it says besides is left to the target. */
export const embeddingsRequestSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(MAX_INPUTS),
    tokenIds,
    z.array(tokenIds).min(1).max(MAX_INPUTS),
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

/** A text, or the ids of its tokens. */
export type EmbeddingInput = string | readonly number[];

/** Each of a request's inputs, with the name that errors call it by. */
export function listEmbeddingInputs({ input }: Pick<EmbeddingsRequest, "input">): readonly {
  readonly value: EmbeddingInput;
  readonly param: string;
}[] {
  const isOne = typeof input === "string" || typeof input[0] === "number";
  // The schema lets no array mix texts, ids and lists of ids.
  const values = (isOne ? [input] : input) as readonly EmbeddingInput[];
  return values.map((value, index) => ({ value, param: isOne ? "input" : `input[${index}]` }));
}

/** A vector as the client asked for it: numbers, or base64 of little-endian 32-bit floats. */
export function encodeEmbedding(
  vector: Float32Array,
  format: EmbeddingsRequest["encoding_format"],
): number[] | string {
  if (format !== "base64") return [...vector];
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT);
  });
  return bytes.toString("base64");
}
