import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import type { ProviderCall } from "../../../src/providers/provider.ts";

const never = new AbortController().signal;

/** A primary call to the default model, unless said otherwise. */
export function createCall(
  request: Partial<ChatCompletionRequest> = {},
  rest: Partial<ProviderCall> = {},
): ProviderCall {
  return {
    request: { model: "any", messages: [{ role: "user", content: "hello" }], ...request },
    model: "default",
    signal: never,
    priority: "primary",
    ...rest,
  };
}
