/** Other upstreams' words for OpenAI's finish reasons, and these in other spellings. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ["stop", "stop"],
  ["eos", "stop"],
  ["eos_token", "stop"],
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["complete", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["model_length", "length"],
  ["tool_calls", "tool_calls"],
  ["tool_call", "tool_calls"],
  ["tool_use", "tool_calls"],
  ["content_filter", "content_filter"],
  ["safety", "content_filter"],
]);

/**
 * A finish reason in OpenAI's words. An empty one is none: some upstreams put it on every chunk. What nobody can vouch for
 * (`abort`, `error`) stays as it is, and the schema refuses it.
 */
export function nameFinishReason(reason: unknown): unknown {
  if (typeof reason !== "string") return reason;
  if (reason === "") return null;
  return MEANINGS.get(reason.toLowerCase()) ?? reason;
}
