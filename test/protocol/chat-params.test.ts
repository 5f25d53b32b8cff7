import { expect, test } from "vitest";
import { nameParamFor } from "../../src/protocol/chat-params.ts";
import { OpenAiError } from "../../src/protocol/openai-error.ts";

const createError = (param: string | null) => new OpenAiError("No.", { status: 400, param, code: "bad" });

test.each([
  ["responses", "messages[3].content", "input"],
  ["responses", "max_completion_tokens", "max_output_tokens"],
  ["responses", "response_format", "text.format.schema"],
  ["responses", "tools[2].function.parameters", "tools[2].parameters"],
  ["responses", "temperature", "temperature"],
  ["responses", null, null],
  ["completions", "messages", "prompt"],
  ["completions", "top_logprobs", "logprobs"],
  ["chat.completions", "messages[0]", "messages[0]"],
] as const)("%s: %s is called %s", (endpoint, param, name) => {
  expect(nameParamFor(endpoint, createError(param))).toMatchObject({
    param: name,
    status: 400,
    code: "bad",
    type: "invalid_request_error",
    message: "No.",
  });
});
