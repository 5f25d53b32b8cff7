import { z } from "zod";
import {
  functionCallSchema,
  legacyFunctionCallSchema,
  legacyFunctionsSchema,
  toolCallSchema,
  toolChoiceSchema,
  toolSchema,
} from "./chat-tools.ts";

const textPartSchema = z.looseObject({ type: z.literal("text"), text: z.string() });
const imagePartSchema = z.looseObject({
  type: z.literal("image_url"),
  image_url: z.looseObject({ url: z.string(), detail: z.string().nullish() }),
});
const otherPartSchema = z
  .looseObject({ type: z.string() })
  // Else a broken text or image part would pass as a part that we do not know.
  .refine((part) => part.type !== "text" && part.type !== "image_url", { path: ["type"], abort: true });

/** Known parts first; a part type we do not know is kept and left to the target. */
const contentPartSchema = z.union([textPartSchema, imagePartSchema, otherPartSchema]);
export type ContentPart = z.infer<typeof contentPartSchema>;

/** Only an assistant turn may leave its content out: a tool call can be all of it. */
const chatMessageSchema = z
  .looseObject({
    role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
    content: z.union([z.string(), z.array(contentPartSchema), z.null()]).optional(),
    name: z.string().nullish(),
    /** What an assistant refused with, from an earlier answer. */
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCallSchema).nullish(),
    function_call: functionCallSchema.nullish(),
    tool_call_id: z.string().optional(),
  })
  .refine((message) => message.role === "assistant" || message.content !== undefined, { path: ["content"] })
  .refine((message) => message.role !== "tool" || message.tool_call_id !== undefined, {
    path: ["tool_call_id"],
  });
export type ChatMessage = z.infer<typeof chatMessageSchema>;

const jsonSchemaFormatSchema = z.looseObject({
  type: z.literal("json_schema"),
  json_schema: z.looseObject({
    name: z
      .string()
      .max(64)
      .regex(/^[a-zA-Z0-9_-]+$/),
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
    schema: z.record(z.string(), z.unknown()).nullish(),
  }),
});

const responseFormatSchema = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text") }),
  z.looseObject({ type: z.literal("json_object") }),
  jsonSchemaFormatSchema,
]);

/** Any 64-bit integer: clients draw them at random, so most are past what a double holds exactly. */
const seedSchema = z.number().refine(Number.isInteger);

/**
 * A Chat Completions request as clients send it: only the fields Tailor acts on are typed, the rest passes through.
 * Ranges are the published specification's.
 */
export const chatCompletionRequestSchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(chatMessageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  response_format: responseFormatSchema.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  n: z.number().int().min(1).max(128).nullish(),
  seed: seedSchema.nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  /** Token id to what is added to its logit. */
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tools: z.array(toolSchema).max(128).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: legacyFunctionsSchema.nullish(),
  function_call: legacyFunctionCallSchema.nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  store: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequestSchema>;
