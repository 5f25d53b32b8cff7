/** vLLM and Ollama say `reasoning` where clients look for `reasoning_content`; they get both. */
export function nameReasoning(message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { reasoning, reasoning_content: known } = message;
  if (typeof reasoning !== "string" || (known !== undefined && known !== null)) return message;
  return { ...message, reasoning_content: reasoning };
}
