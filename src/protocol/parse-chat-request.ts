import { type ChatCompletionRequest, chatCompletionRequestSchema } from "./chat-request.ts";
import { convertZodErrorToOpenAiError } from "./convert-zod-error.ts";

/** A client's JSON body as a request; throws an OpenAiError (400) that names the first thing wrong with it. */
export function parseChatRequest(value: unknown): ChatCompletionRequest {
  const result = chatCompletionRequestSchema.safeParse(value);
  if (result.success) return result.data;
  throw convertZodErrorToOpenAiError(result.error, value);
}
