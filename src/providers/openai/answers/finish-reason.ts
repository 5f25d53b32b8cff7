/** Other upstreams' words for OpenAI's finish reasons. */
const SYNONYMS: Readonly<Record<string, string>> = {
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  complete: "stop",
  max_tokens: "length",
  model_length: "length",
  tool_call: "tool_calls",
  tool_use: "tool_calls",
  safety: "content_filter",
};

/**
 * A finish reason in OpenAI's words. An empty one is none: some upstreams put it on every chunk. What nobody can vouch for
 * (`abort`, `error`) stays as it is, and the schema refuses it.
 */
export function nameFinishReason(reason: unknown): unknown {
  if (typeof reason !== "string") return reason;
  if (reason === "") return null;
  return SYNONYMS[reason] ?? SYNONYMS[reason.toLowerCase()] ?? reason;
}
