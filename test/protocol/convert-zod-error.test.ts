import { describe, expect, it } from "vitest";
import { convertErrorToEnvelope, OpenAiError } from "../../src/protocol/openai-error.ts";
import { parseChatRequest } from "../../src/protocol/parse-chat-request.ts";

const base = { model: "stylist", messages: [{ role: "user", content: "hello" }] };

function errorOf(value: unknown): {
  message: string;
  param: string | null;
  code: string | null;
  type: string;
} {
  try {
    parseChatRequest(value);
  } catch (error) {
    if (error instanceof OpenAiError && error.status === 400) return convertErrorToEnvelope(error).error;
    throw error;
  }
  throw new Error("the request was accepted");
}

const withContent = (content: unknown) => ({ ...base, messages: [{ role: "user", content }] });
const withFormat = (format: unknown) => ({ ...base, response_format: format });

describe("parseChatRequest", () => {
  it("keeps unknown fields and the key order of a schema", () => {
    const schema = { type: "object", properties: { zebra: {}, apple: {}, mango: {} } };
    const request = parseChatRequest({
      ...withFormat({ type: "json_schema", json_schema: { name: "plan", strict: true, schema } }),
      reasoning_effort: "low",
    });
    expect(request.reasoning_effort).toBe("low");
    expect(JSON.stringify(request.response_format)).toContain(JSON.stringify(schema));
  });

  it("accepts content parts of a type it does not know", () => {
    const request = parseChatRequest(
      withContent([{ type: "input_audio", input_audio: { data: "", format: "wav" } }]),
    );
    expect(request.messages[0]?.content).toEqual([
      { type: "input_audio", input_audio: { data: "", format: "wav" } },
    ]);
  });

  it("accepts an assistant turn without content", () => {
    const messages = [...base.messages, { role: "assistant", tool_calls: [] }];
    expect(parseChatRequest({ ...base, messages }).messages).toHaveLength(2);
  });

  it.each([
    ["no model", { messages: base.messages }, "model", "missing_required_parameter"],
    ["no messages", { model: "a" }, "messages", "missing_required_parameter"],
    ["empty messages", { ...base, messages: [] }, "messages", "empty_array"],
    ["an empty model", { ...base, model: "" }, "model", "empty_string"],
    ["content of the wrong type", withContent(5), "messages[0].content", "invalid_type"],
    [
      "no content",
      { ...base, messages: [{ role: "user" }] },
      "messages[0].content",
      "missing_required_parameter",
    ],
    ["a part without type", withContent([{}]), "messages[0].content[0].type", "missing_required_parameter"],
    [
      "a text part without text",
      withContent([{ type: "text" }]),
      "messages[0].content[0].text",
      "missing_required_parameter",
    ],
    [
      "an image part with a bare url",
      withContent([{ type: "image_url", image_url: "x" }]),
      "messages[0].content[0].image_url",
      "invalid_type",
    ],
    [
      "an unknown role",
      { ...base, messages: [{ role: "bob", content: "x" }] },
      "messages[0].role",
      "invalid_value",
    ],
    ["no role", { ...base, messages: [{ content: "x" }] }, "messages[0].role", "missing_required_parameter"],
    ["a hot temperature", { ...base, temperature: 200 }, "temperature", "decimal_above_max_value"],
    ["a cold temperature", { ...base, temperature: -1 }, "temperature", "decimal_below_min_value"],
    ["a temperature in words", { ...base, temperature: "1" }, "temperature", "invalid_type"],
    ["too many choices", { ...base, n: 200 }, "n", "integer_above_max_value"],
    ["half a choice", { ...base, n: 1.5 }, "n", "invalid_type"],
    ["too many stops", { ...base, stop: ["a", "b", "c", "d", "e"] }, "stop", "array_above_max_length"],
    ["a stop that is a number", { ...base, stop: 5 }, "stop", "invalid_type"],
    ["an unknown format", withFormat({ type: "xml" }), "response_format.type", "invalid_value"],
    ["a format without type", withFormat({}), "response_format.type", "missing_required_parameter"],
    [
      "a schema format without schema",
      withFormat({ type: "json_schema" }),
      "response_format.json_schema",
      "missing_required_parameter",
    ],
    [
      "a schema name with a space",
      withFormat({ type: "json_schema", json_schema: { name: "a b" } }),
      "response_format.json_schema.name",
      "invalid_value",
    ],
    ["a metadata value that is no text", { ...base, metadata: { a: 1 } }, "metadata.a", "invalid_type"],
  ])("names the parameter and the code for %s", (_name, value, param, code) => {
    expect(errorOf(value)).toMatchObject({ param, code, type: "invalid_request_error" });
  });

  it.each([[5], [null], ["text"], [[]]])("refuses the body %j", (value) => {
    expect(errorOf(value)).toMatchObject({ param: null, code: "invalid_type" });
  });

  it("words an out-of-range number like the API it stands in for", () => {
    expect(errorOf({ ...base, temperature: 200 }).message).toBe(
      "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 200 instead.",
    );
  });

  it("says what was expected and what came", () => {
    expect(errorOf(withContent(5)).message).toBe(
      "Invalid type for 'messages[0].content': expected one of a string or an array, but got an integer instead.",
    );
  });

  it("does not repeat long values, which may be a prompt in the wrong place", () => {
    const secret = "my private occasion ".repeat(10);
    expect(errorOf({ ...base, messages: [{ role: secret, content: "x" }] }).message).not.toContain("private");
  });

  it("names a pattern as OpenAI does", () => {
    const format = { type: "json_schema", json_schema: { name: "a b", schema: {} } };
    expect(errorOf(withFormat(format)).message).toBe(
      "Invalid 'response_format.json_schema.name': string does not match pattern. " +
        "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
    );
  });
});
