import { z } from "zod";
import { finishReasonSchema, usageSchema } from "./chat-completion.ts";
import { choiceLogprobsSchema } from "./chat-logprobs.ts";
import { functionCallPieceSchema, toolCallPieceSchema } from "./chat-tools.ts";

const chunkChoiceSchema = z.looseObject({
  index: z.number(),
  delta: z.looseObject({
    role: z.enum(["developer", "system", "user", "assistant", "tool"]).nullish(),
    content: z.string().nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCallPieceSchema).nullish(),
    function_call: functionCallPieceSchema.nullish(),
  }),
  finish_reason: finishReasonSchema.nullish(),
  logprobs: choiceLogprobsSchema.nullish(),
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
