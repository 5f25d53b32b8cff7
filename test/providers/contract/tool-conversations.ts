import { expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { createAsk } from "./ask.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";
import { callWeather, clock, expectCalls, weather } from "./tool-set.ts";

type Message = ChatCompletionRequest["messages"][number];

const asked: Message = { role: "user", content: "weather?" };
const called: Message = {
  role: "assistant",
  content: null,
  tool_calls: [callWeather("call_a", "Oslo", 3), callWeather("call_b", "Rome", 2)],
};
const result = (id: string, content: Message["content"]): Message => ({
  role: "tool",
  tool_call_id: id,
  content,
});
const results = [result("call_a", "sun"), result("call_b", [{ type: "text", text: "rain" }])];

export function describeToolConversations(call: MakeCall, harness: () => ProviderHarness): void {
  const { complete, stream } = createAsk(call, harness);
  const tools = [clock, weather];
  const countPrompt = async (messages: Message[]) =>
    (await complete({ messages, tools, max_tokens: 1 })).usage?.prompt_tokens ?? 0;

  it("puts calls and their results to the model", async () => {
    const bare = await countPrompt([asked]);
    const answered = await countPrompt([asked, called, ...results]);
    const answeredAtLength = await countPrompt([
      asked,
      called,
      results[0] ?? asked,
      result("call_b", "rain, wind and snow"),
    ]);
    expect(answered).toBeGreaterThan(bare);
    expect(answeredAtLength).toBeGreaterThan(answered);
  });

  it("goes on in text behind results, at once and streamed", async () => {
    const messages = [asked, called, ...results];
    const request = { messages, tools, tool_choice: "none" as const };
    const { choices } = await complete(request);
    expect(choices[0]?.message.tool_calls ?? []).toEqual([]);
    expect(choices[0]?.message.content).toEqual(expect.any(String));
    const chunks = await stream(request);
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toHaveLength(1);
  });

  it("goes on with another call behind results", async () => {
    const messages = [asked, called, ...results, { role: "user" as const, content: "and now?" }];
    const choice = { type: "function" as const, function: { name: "get_weather" } };
    const { choices } = await complete({
      messages,
      tools,
      tool_choice: choice,
      max_tokens: 200,
      frequency_penalty: 1,
    });
    const calls = choices[0]?.message.tool_calls ?? [];
    expect(calls).toHaveLength(1);
    expectCalls(calls);
    expect(["call_a", "call_b"]).not.toContain(calls[0]?.id);
  });
}
