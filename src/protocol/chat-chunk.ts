import { z } from "zod";
import { finishReasonSchema, usageSchema } from "./chat-completion.ts";

const chunkChoiceSchema = z.looseObject({
  index: z.number(),
  delta: z.looseObject({
    role: z.enum(["developer", "system", "user", "assistant", "tool"]).nullish(),
    content: z.string().nullish(),
    refusal: z.string().nullish(),
  }),
  finish_reason: finishReasonSchema.nullish(),
  logprobs: z.unknown().nullish(),
});
export type ChunkChoice = z.infer<typeof chunkChoiceSchema>;

/** One streamed event. The same `id` and `created` on every chunk of an answer. */
export const chatCompletionChunkSchema = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion.chunk"),
  created: z.number(),
  model: z.string(),
  choices: z.array(chunkChoiceSchema),
  usage: usageSchema.nullish(),
});
export type ChatCompletionChunk = z.infer<typeof chatCompletionChunkSchema>;
