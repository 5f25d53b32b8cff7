import type { ChatCompletionRequest } from "../../../protocol/chat-request.ts";

/** Values that ask for nothing: taking such a field out changes no answer. */
const IDLE_VALUES: Readonly<Record<string, unknown>> = {
  n: 1,
  tool_choice: "auto",
  parallel_tool_calls: true,
};

/** Fields of the request that ask for something the upstream cannot do. */
export function listUnsupportedFields(
  request: ChatCompletionRequest,
  unsupported: readonly string[],
): readonly string[] {
  return unsupported.filter((name) => {
    const value = request[name];
    return value !== undefined && value !== null && value !== IDLE_VALUES[name];
  });
}
