import { describe, expect, it } from "vitest";
import type { ChatCompletionChunk, ChunkChoice } from "../../src/protocol/chat-chunk.ts";
import { chatCompletionSchema } from "../../src/protocol/chat-completion.ts";
import { collectCompletion } from "../../src/protocol/collect-completion.ts";

const chunk = (choices: ChunkChoice[], rest: Partial<ChatCompletionChunk> = {}): ChatCompletionChunk => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 7,
  model: "m",
  choices,
  ...rest,
});
const say = (content: string, index = 0) => chunk([{ index, delta: { content } }]);
const finish = (index = 0) => chunk([{ index, delta: {}, finish_reason: "stop" }]);

describe("collectCompletion", () => {
  it("joins the texts of every choice and keeps the usage", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const completion = collectCompletion([
      say("b", 1),
      say("a"),
      say("a"),
      finish(1),
      finish(),
      chunk([], { usage }),
    ]);
    expect(chatCompletionSchema.parse(completion)).toMatchObject({
      id: "chatcmpl-1",
      created: 7,
      choices: [
        { index: 0, message: { content: "aa" }, finish_reason: "stop" },
        { index: 1, message: { content: "b" } },
      ],
      usage,
    });
  });

  it("joins the pieces of tool calls", () => {
    const piece = (index: number, fields: object) =>
      chunk([{ index: 0, delta: { tool_calls: [{ index, ...fields }] } }]);
    const completion = collectCompletion([
      piece(0, { id: "call_1", type: "function", function: { name: "find", arguments: "" } }),
      piece(0, { function: { arguments: '{"q":' } }),
      piece(1, { id: "call_2", function: { name: "buy", arguments: "{}" } }),
      piece(0, { function: { arguments: "1}" } }),
      chunk([{ index: 0, delta: {}, finish_reason: "tool_calls" }]),
    ]);
    expect(completion?.choices[0]?.message).toEqual({
      role: "assistant",
      content: null,
      refusal: null,
      tool_calls: [
        { id: "call_1", type: "function", function: { name: "find", arguments: '{"q":1}' } },
        { id: "call_2", type: "function", function: { name: "buy", arguments: "{}" } },
      ],
    });
  });

  it("keeps a refusal apart from content", () => {
    const refused = [chunk([{ index: 0, delta: { refusal: "no" } }]), finish()];
    expect(collectCompletion(refused)?.choices[0]?.message).toMatchObject({ content: null, refusal: "no" });
  });

  it("is null for an answer that was cut or never began", () => {
    expect(collectCompletion([])).toBeNull();
    expect(collectCompletion([say("half")])).toBeNull();
    expect(collectCompletion([say("half", 1), finish(0)])).toBeNull();
  });

  it("joins log probabilities, older calls and calls of custom tools", () => {
    const entry = (token: string) => ({ token, logprob: -1, bytes: null, top_logprobs: [] });
    const logged = (content: string) =>
      chunk([{ index: 0, delta: { content }, logprobs: { content: [entry(content)], refusal: null } }]);
    expect(collectCompletion([logged("a"), logged("b"), finish()])?.choices[0]?.logprobs).toEqual({
      content: [entry("a"), entry("b")],
      refusal: null,
    });
    const called = (fields: object) => chunk([{ index: 0, delta: { content: "", ...fields } }]);
    const older = [{ name: "f", arguments: "" }, { arguments: "{" }, { arguments: "}" }];
    const legacy = collectCompletion([...older.map((call) => called({ function_call: call })), finish()]);
    expect(legacy?.choices[0]?.message).toMatchObject({
      content: null,
      function_call: { name: "f", arguments: "{}" },
    });
    const custom = [{ index: 0, id: "c", type: "custom", custom: { name: "t", input: "x" } }];
    const more = [{ index: 0, custom: { input: "y" } }];
    const answer = collectCompletion([
      called({ tool_calls: custom }),
      called({ tool_calls: more }),
      finish(),
    ]);
    expect(answer?.choices[0]?.message.tool_calls).toEqual([
      { id: "c", type: "custom", custom: { name: "t", input: "xy" } },
    ]);
  });
});
