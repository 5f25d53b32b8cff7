/**
 * How a local model writes a call: the marks that Hermes, Qwen and SmolLM2 were trained on, around compact JSON.
 * `<tool_call>{"name":"get_weather","arguments":{"city":"Oslo"}}</tool_call>`, one a line when there are several.
 */
export const CALL_OPEN = "<tool_call>";
export const CALL_CLOSE = "</tool_call>";
export const BETWEEN_CALLS = "\n";
export const RESULT_OPEN = "<tool_response>";
export const RESULT_CLOSE = "</tool_response>";

/** Most calls in one answer: a small model that likes calling would go on to its last token. */
export const MAX_CALLS = 8;

export function formatCall(call: { readonly name: string; readonly arguments: string }): string {
  return `${CALL_OPEN}{"name":${JSON.stringify(call.name)},"arguments":${toCompactJson(call.arguments)}}${CALL_CLOSE}`;
}

/** As the model itself would have written them; text that is no JSON stays a JSON string. */
function toCompactJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return JSON.stringify(text);
  }
}
