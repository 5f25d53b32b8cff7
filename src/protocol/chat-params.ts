import { OpenAiError } from "./openai-error.ts";

type Endpoint = "chat.completions" | "generate" | "completions" | "responses" | "embeddings";

/** What a chat request's parameters are called by clients of the interfaces that are mapped on it. */
const NAMES: Readonly<Partial<Record<Endpoint, readonly (readonly [RegExp, string])[]>>> = {
  responses: [
    [/^messages\b.*/, "input"],
    [/^max(_completion)?_tokens$/, "max_output_tokens"],
    [/^response_format\b.*/, "text.format.schema"],
    [/^tools\[(\d+)\]\.function\b/, "tools[$1]"],
    [/^tool_choice\.function\.name$/, "tool_choice.name"],
    [/^verbosity$/, "text.verbosity"],
  ],
  completions: [
    [/^messages\b.*/, "prompt"],
    [/^top_logprobs$/, "logprobs"],
  ],
};

/** The error as the endpoint's own clients understand it: about a field that they have sent. */
export function nameParamFor(endpoint: Endpoint, error: OpenAiError): OpenAiError {
  const { message, param, status, type, code, retryAfterMs } = error;
  const rename = NAMES[endpoint]?.find(([pattern]) => param !== null && pattern.test(param));
  if (param === null || rename === undefined) return error;
  const [pattern, name] = rename;
  const renamed = param.replace(pattern, name);
  return new OpenAiError(message, { status, type, code, retryAfterMs, param: renamed, cause: error });
}
