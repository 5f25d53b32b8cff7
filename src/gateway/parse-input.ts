import type { z } from "zod";
import { convertZodErrorToOpenAiError } from "../protocol/convert-zod-error.ts";

/** Checks a body against a schema; the first problem becomes a 400 in OpenAI's words. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw convertZodErrorToOpenAiError(result.error, value);
}
