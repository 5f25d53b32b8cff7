import { z } from "zod";
import { choiceLogprobsSchema } from "./chat-logprobs.ts";
import { functionCallSchema, toolCallSchema } from "./chat-tools.ts";

const FINISH_REASONS = ["stop", "length", "tool_calls", "content_filter", "function_call"] as const;
export const finishReasonSchema = z.enum(FINISH_REASONS);
export type FinishReason = z.infer<typeof finishReasonSchema>;

export const usageSchema = z.looseObject({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.looseObject({ cached_tokens: z.number().optional() }).nullish(),
});
export type Usage = z.infer<typeof usageSchema>;

const choiceSchema = z.looseObject({
  index: z.number(),
  message: z.looseObject({
    role: z.literal("assistant"),
    // Some upstreams leave the key out when the message is a tool call.
    content: z.string().nullable().default(null),
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCallSchema).nullish(),
    function_call: functionCallSchema.nullish(),
  }),
  finish_reason: finishReasonSchema,
  logprobs: choiceLogprobsSchema.nullish(),
});
export type Choice = z.infer<typeof choiceSchema>;

/** An answer, read loosely from upstreams: unknown fields stay in it. `created` is in Unix seconds. */
export const chatCompletionSchema = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: z.number(),
  model: z.string(),
  choices: z.array(choiceSchema).min(1),
  usage: usageSchema.nullish(),
});
export type ChatCompletion = z.infer<typeof chatCompletionSchema>;
