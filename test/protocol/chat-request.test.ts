import { describe, expect, it } from "vitest";
import { parseChatRequest } from "../../src/protocol/parse-chat-request.ts";

const base = { model: "m", messages: [{ role: "user", content: "hi" }] };
const named = (name: unknown) => ({ tools: [{ type: "function", function: { name } }] });

function refuse(fields: object): { param: string | null; code: string | null; message: string } {
  try {
    parseChatRequest({ ...base, ...fields });
  } catch (error) {
    return error as { param: string | null; code: string | null; message: string };
  }
  throw new Error("the request was taken");
}

describe("parseChatRequest", () => {
  it.each<[string, object, string, string]>([
    ["a temperature above 2", { temperature: 2.1 }, "temperature", "decimal_above_max_value"],
    ["a top_p below 0", { top_p: -0.1 }, "top_p", "decimal_below_min_value"],
    ["a penalty above 2", { frequency_penalty: 3 }, "frequency_penalty", "decimal_above_max_value"],
    ["a penalty below -2", { presence_penalty: -3 }, "presence_penalty", "decimal_below_min_value"],
    ["no choices", { n: 0 }, "n", "integer_below_min_value"],
    ["more than 128 choices", { n: 129 }, "n", "integer_above_max_value"],
    ["no tokens", { max_tokens: 0 }, "max_tokens", "integer_below_min_value"],
    ["a seed that is no integer", { seed: 1.5 }, "seed", "invalid_type"],
    ["five stop texts", { stop: ["a", "b", "c", "d", "e"] }, "stop", "array_above_max_length"],
    ["top_logprobs above 20", { top_logprobs: 21 }, "top_logprobs", "integer_above_max_value"],
    ["a bias above 100", { logit_bias: { 5: 101 } }, "logit_bias.5", "decimal_above_max_value"],
    ["a function without a name", named(undefined), "tools[0].function.name", "missing_required_parameter"],
    ["a function's name with a space", named("a b"), "tools[0].function.name", "invalid_value"],
    [
      "a function's name of 65 letters",
      named("a".repeat(65)),
      "tools[0].function.name",
      "string_above_max_length",
    ],
    ["a tool choice of another word", { tool_choice: "never" }, "tool_choice", "invalid_value"],
  ])("refuses %s in OpenAI's form", (_title, fields, param, code) => {
    expect(refuse(fields)).toMatchObject({ param, code });
  });

  it("asks for the call that a tool's result answers", () => {
    const messages = [...base.messages, { role: "tool", content: "4" }];
    expect(refuse({ messages })).toMatchObject({
      message: "Missing required parameter: 'messages[1].tool_call_id'.",
      param: "messages[1].tool_call_id",
    });
  });

  it("takes seeds of 64 bits, and tools of types to come as they are", () => {
    const fields = {
      seed: 2 ** 63,
      tools: [{ type: "custom", custom: { name: "a" } }],
      tool_choice: { type: "custom", custom: { name: "a" } },
    };
    expect(parseChatRequest({ ...base, ...fields })).toEqual({ ...base, ...fields });
  });
});
