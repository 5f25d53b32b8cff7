import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import type { ProviderCall } from "../../../src/providers/provider.ts";

export function createCall(
  request: Partial<ChatCompletionRequest> = {},
  rest: Partial<ProviderCall> = {},
): ProviderCall {
  return {
    request: { model: "client-name", messages: [{ role: "user", content: "hello" }], ...request },
    model: "upstream-model",
    signal: new AbortController().signal,
    priority: "primary",
    ...rest,
  };
}
