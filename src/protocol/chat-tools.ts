import { z } from "zod";

/** Names of functions, as the published specification has them. */
const functionNameSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-zA-Z0-9_-]+$/);

const functionDefinitionSchema = z.looseObject({
  name: functionNameSchema,
  description: z.string().nullish(),
  /** A JSON Schema; left out for a function without parameters. */
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});
export type FunctionDefinition = z.infer<typeof functionDefinitionSchema>;

const functionToolSchema = z.looseObject({
  type: z.literal("function"),
  function: functionDefinitionSchema,
});

/** Tools of a type we do not know are kept and left to the target. */
const otherToolSchema = z
  .looseObject({ type: z.string() })
  // Else a broken function tool would pass as a tool that we do not know.
  .refine((tool) => tool.type !== "function", { path: ["type"], abort: true });

export const toolSchema = z.union([functionToolSchema, otherToolSchema]);

const namedFunctionSchema = z.looseObject({ name: z.string() });

export const toolChoiceSchema = z.union([
  z.enum(["none", "auto", "required"]),
  z.looseObject({ type: z.literal("function"), function: namedFunctionSchema }),
  z.looseObject({
    type: z.literal("allowed_tools"),
    allowed_tools: z.looseObject({
      mode: z.enum(["auto", "required"]),
      tools: z.array(z.record(z.string(), z.unknown())),
    }),
  }),
  z
    .looseObject({ type: z.string() })
    .refine((choice) => choice.type !== "function" && choice.type !== "allowed_tools", {
      path: ["type"],
      abort: true,
    }),
]);

/** The two fields that `tools` and `tool_choice` replaced; still sent by older clients. */
export const legacyFunctionsSchema = z.array(functionDefinitionSchema).max(128);
export const legacyFunctionCallSchema = z.union([z.enum(["none", "auto"]), namedFunctionSchema]);

const calledFunctionSchema = z.looseObject({ name: z.string(), arguments: z.string() });
export type CalledFunction = z.infer<typeof calledFunctionSchema>;

/** Typed as the kinds of calls there are; a kind to come is no reason to refuse an answer. */
const callTypeSchema = z.custom<"function" | "custom">((type) => typeof type === "string");

/** A call in an assistant message, in requests and in answers alike; calls of other types are left as they are. */
export const toolCallSchema = z.looseObject({
  id: z.string(),
  type: callTypeSchema,
  function: calledFunctionSchema.nullish(),
  custom: z.looseObject({ name: z.string(), input: z.string() }).nullish(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

export const functionCallSchema = calledFunctionSchema;

/** A piece of a streamed call: id, type and name come with the first piece, the arguments bit by bit. */
export const toolCallPieceSchema = z.looseObject({
  index: z.number(),
  id: z.string().nullish(),
  type: callTypeSchema.nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
  custom: z.looseObject({ name: z.string().nullish(), input: z.string().nullish() }).nullish(),
});
export type ToolCallPiece = z.infer<typeof toolCallPieceSchema>;

export const functionCallPieceSchema = z.looseObject({
  name: z.string().nullish(),
  arguments: z.string().nullish(),
});
