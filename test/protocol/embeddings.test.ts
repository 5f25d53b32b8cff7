import { describe, expect, it } from "vitest";
import { convertZodErrorToOpenAiError } from "../../src/protocol/convert-zod-error.ts";
import {
  embeddingsRequestSchema,
  encodeEmbedding,
  listEmbeddingInputs,
} from "../../src/protocol/embeddings.ts";

const parse = (fields: object) => embeddingsRequestSchema.safeParse({ model: "m", input: "x", ...fields });

describe("an embeddings request", () => {
  it.each([
    ["a text", "x"],
    ["white space", " "],
    ["texts", ["x", "y"]],
    ["token ids", [1, 2]],
    ["lists of token ids", [[1], [2, 3]]],
    ["2,048 inputs", Array(2048).fill("x")],
  ])("may ask for %s, and keeps what else it says", (_what, input) => {
    expect(parse({ input, later: 1 }).data).toEqual({ model: "m", input, later: 1 });
  });

  it.each([
    ["no text", { input: "" }, "input", "empty_string"],
    ["an empty text among others", { input: ["x", ""] }, "input[1]", "empty_string"],
    ["no texts", { input: [] }, "input", "empty_array"],
    ["an empty list of ids", { input: [[1], []] }, "input[1]", "empty_array"],
    ["more than 2,048 inputs", { input: Array(2049).fill("x") }, "input", "array_above_max_length"],
    ["a negative id", { input: [1, -1] }, "input[1]", "integer_below_min_value"],
    ["half an id", { input: [1.5] }, "input[0]", "invalid_type"],
    ["texts and ids", { input: ["x", 1] }, "input[1]", "invalid_type"],
    ["nothing", { input: undefined }, "input", "missing_required_parameter"],
    ["no dimensions", { dimensions: 0 }, "dimensions", "integer_below_min_value"],
    ["another encoding", { encoding_format: "int8" }, "encoding_format", "invalid_value"],
  ])("that asks for %s is refused with the place and a code", (_what, fields, param, code) => {
    const { error } = parse(fields);
    if (error === undefined) expect.fail("the request was accepted");
    expect(convertZodErrorToOpenAiError(error, { model: "m", ...fields })).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      param,
      code,
    });
  });

  it("says once what its input may be", () => {
    const { error } = parse({ input: null });
    if (error === undefined) expect.fail("the request was accepted");
    expect(convertZodErrorToOpenAiError(error, { model: "m", input: null }).message).toBe(
      "Invalid type for 'input': expected one of a string or an array, but got null instead.",
    );
  });

  it("names its inputs as errors call them", () => {
    expect(listEmbeddingInputs({ input: "x" })).toEqual([{ value: "x", param: "input" }]);
    expect(listEmbeddingInputs({ input: [1, 2] })).toEqual([{ value: [1, 2], param: "input" }]);
    expect(listEmbeddingInputs({ input: ["x", "y"] })).toEqual([
      { value: "x", param: "input[0]" },
      { value: "y", param: "input[1]" },
    ]);
    expect(listEmbeddingInputs({ input: [[1], [2]] }).map(({ param }) => param)).toEqual([
      "input[0]",
      "input[1]",
    ]);
  });
});

describe("encodeEmbedding", () => {
  const vector = Float32Array.of(0.1, -2.5, 0);

  it("gives numbers, or the bytes of the same floats", () => {
    expect(encodeEmbedding(vector, undefined)).toEqual([...vector]);
    expect(encodeEmbedding(vector, "float")).toEqual([...vector]);
    expect(encodeEmbedding(vector, "base64")).toBe("zczMPQAAIMAAAAAA");
  });
});
