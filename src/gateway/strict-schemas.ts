import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import { findStrictFault } from "../protocol/strict-schema.ts";

/** Where the client wrote its schemas, and the code OpenAI has for them there. */
export interface SchemaPlaces {
  readonly format: { readonly param: string; readonly code: string | null };
  readonly tool: (index: number) => string;
}

const CHAT_PLACES: SchemaPlaces = {
  format: { param: "response_format", code: null },
  tool: (index) => `tools[${index}].function.parameters`,
};

/** Holds the schemas sent with `strict: true` to OpenAI's rules for them. Throws OpenAiError 400. */
export function assertStrictSchemas(
  { response_format: format, tools }: Pick<ChatCompletionRequest, "response_format" | "tools">,
  places: SchemaPlaces = CHAT_PLACES,
): void {
  if (format?.type === "json_schema" && format.json_schema.strict === true) {
    const { name, schema } = format.json_schema;
    const fault = findStrictFault(schema ?? {});
    if (fault !== null) throw refuse({ subject: `response_format '${name}'`, fault, ...places.format });
  }
  for (const [index, tool] of (tools ?? []).entries()) {
    const called = tool.type === "function" ? readFunction(tool.function) : null;
    if (called === null) continue;
    const fault = findStrictFault(called.parameters);
    if (fault === null) continue;
    const place = { param: places.tool(index), code: "invalid_function_parameters" };
    throw refuse({ subject: `function '${called.name}'`, fault, ...place });
  }
}

/** A function that asks for strictness and has parameters to hold to; null for every other. */
function readFunction(value: unknown): { name: string; parameters: Record<string, unknown> } | null {
  if (typeof value !== "object" || value === null || !("strict" in value) || value.strict !== true)
    return null;
  if (!("name" in value && "parameters" in value)) return null;
  const { name, parameters } = value;
  if (typeof name !== "string" || typeof parameters !== "object" || parameters === null) return null;
  // The request's own schema has made sure that it is a record.
  return { name, parameters: parameters as Record<string, unknown> };
}

function refuse(refused: {
  subject: string;
  fault: string;
  param: string;
  code: string | null;
}): OpenAiError {
  const { subject, fault, param, code } = refused;
  return new OpenAiError(`Invalid schema for ${subject}: ${fault}`, { status: 400, param, code });
}
