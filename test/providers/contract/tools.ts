import { expect, it } from "vitest";
import type { ChatCompletionChunk } from "../../../src/protocol/chat-chunk.ts";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { collectCompletion } from "../../../src/protocol/collect-completion.ts";
import { createAsk } from "./ask.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";
import { clock, createCallingHistory, expectCalls, plainWeather, readCalled, weather } from "./tool-set.ts";

type Request = Partial<ChatCompletionRequest>;

const required: Request = {
  tools: [clock, weather],
  tool_choice: "required",
  max_tokens: 640,
  // JSON allows white space without end between its tokens, and a small model may be fond of it.
  frequency_penalty: 1,
};
const named = (name: string): Request => ({
  ...required,
  tool_choice: { type: "function", function: { name } },
});

export function describeTools(call: MakeCall, harness: () => ProviderHarness): void {
  const { complete, stream } = createAsk(call, harness);
  const ask = async (request: Request) => {
    const [choice] = (await complete(request)).choices;
    if (choice === undefined) throw new Error("no choice");
    return {
      reason: choice.finish_reason,
      text: choice.message.content,
      calls: choice.message.tool_calls ?? [],
    };
  };
  const callingRequest = (): Request => ({
    messages: createCallingHistory(3),
    tools: [weather],
    tool_choice: "auto",
    parallel_tool_calls: false,
    max_tokens: 200,
    ...harness().callingRequest,
  });

  it("calls functions with arguments that match when it must call some", async () => {
    const { reason, text, calls } = await ask(required);
    expect(reason).toBe("tool_calls");
    expect(text || null).toBeNull();
    expect(calls.length).toBeGreaterThan(0);
    expectCalls(calls);
  });

  it("calls the named function, once", async () => {
    for (const name of ["get_weather", "now"]) {
      const { reason, text, calls } = await ask(named(name));
      // OpenAI itself says `stop` here, and so does vLLM.
      expect(["tool_calls", "stop"]).toContain(reason);
      expect(text || null).toBeNull();
      expect(calls.map((made) => made.function?.name)).toEqual([name]);
      expectCalls(calls);
    }
  });

  it("makes one call where several are not allowed", async () => {
    const { reason, calls } = await ask({ ...required, parallel_tool_calls: false });
    expect(reason).toBe("tool_calls");
    expect(calls).toHaveLength(1);
    expectCalls(calls);
  });

  it("keeps to the functions that are allowed", async () => {
    const allow = (mode: "auto" | "required"): Request => ({
      ...required,
      parallel_tool_calls: false,
      tool_choice: {
        type: "allowed_tools",
        allowed_tools: { mode, tools: [{ type: "function", function: { name: "now" } }] },
      },
    });
    const { calls } = await ask(allow("required"));
    expect(calls.map((made) => made.function?.name)).toEqual(["now"]);
    const free = await ask({ ...allow("auto"), max_tokens: 12 });
    expect(free.calls.filter((made) => made.function?.name !== "now")).toEqual([]);
  });

  it("calls nothing where nothing may be called", async () => {
    const { reason, text, calls } = await ask({ ...required, tool_choice: "none", max_tokens: 12 });
    expect(calls).toEqual([]);
    expect(["stop", "length"]).toContain(reason);
    expect(text).toEqual(expect.any(String));
  });

  it("answers in text or with calls where the model is free to choose, and says which", async () => {
    const { reason, text, calls } = await ask({ ...required, tool_choice: "auto", max_tokens: 60 });
    if (reason === "tool_calls") expectCalls(calls);
    else expect(text).toEqual(expect.any(String));
    expect(calls.length > 0).toBe(reason === "tool_calls");
  });

  it("tells a call from text when the model makes it of its own accord", async () => {
    if (harness().callingRequest === undefined) return;
    const { reason, text, calls } = await ask(callingRequest());
    expect(reason).toBe("tool_calls");
    expect(text || null).toBeNull();
    expect(calls).toHaveLength(1);
    expectCalls(calls);
    const several = await ask({ ...callingRequest(), parallel_tool_calls: true });
    expect(several.calls.length).toBeGreaterThan(0);
    // A model that goes on calling is cut in its last call.
    expectCalls(several.reason === "length" ? several.calls.slice(0, -1) : several.calls);
  });

  it("streams calls in pieces, several too", async () => {
    const chunks = await stream(required);
    expectPieces(chunks);
    expectCalls(collectCompletion(chunks)?.choices[0]?.message.tool_calls ?? []);
  });

  it("streams calls that add up to the ones it answers at once", async () => {
    const freely = harness().callingRequest === undefined ? [] : [callingRequest()];
    const forced = [{ ...required, parallel_tool_calls: false }, named("get_weather")];
    for (const request of [...forced, ...freely].map((each) => ({ ...each, tools: [plainWeather] }))) {
      const whole = (await complete(request)).choices[0];
      const chunks = await stream(request);
      expectPieces(chunks);
      const streamed = collectCompletion(chunks)?.choices[0];
      expect(streamed?.finish_reason).toBe(whole?.finish_reason);
      expect(readCalled(streamed?.message.tool_calls)).toEqual(readCalled(whole?.message.tool_calls));
    }
  });

  it("says `length` of a call that the token limit cut", async () => {
    const request = { ...named("get_weather"), max_tokens: 10 };
    expect((await ask(request)).reason).toBe("length");
    const reasons = (await stream(request)).flatMap(({ choices }) => choices[0]?.finish_reason ?? []);
    expect(reasons).toEqual(["length"]);
  });

  it("gives each of several answers calls of its own", async () => {
    const { choices } = await complete({ ...named("get_weather"), n: 2 });
    expect(choices.map(({ index }) => index).toSorted()).toEqual([0, 1]);
    expectCalls(choices.flatMap(({ message }) => message.tool_calls ?? []));
    const chunks = await stream({ ...named("get_weather"), n: 2 });
    for (const index of [0, 1])
      expectPieces(
        chunks.map((chunk) => ({
          ...chunk,
          choices: chunk.choices.filter((choice) => choice.index === index),
        })),
      );
  });
}

/** Role first, then of each call its id, type, name and a text to add to, then only text, then one reason. */
function expectPieces(chunks: readonly ChatCompletionChunk[]): void {
  const choices = chunks.flatMap((chunk) => chunk.choices);
  expect(choices[0]?.delta.role).toBe("assistant");
  expect(choices.map(({ delta }) => delta.content ?? "").join("")).toBe("");
  const seen: number[] = [];
  for (const { index, id, type, function: called } of choices.flatMap(
    ({ delta }) => delta.tool_calls ?? [],
  )) {
    expect(called?.arguments).toEqual(expect.any(String));
    if (seen.includes(index)) {
      expect({ id, type, name: called?.name }).toEqual({ id: undefined, type: undefined, name: undefined });
      continue;
    }
    seen.push(index);
    expect(id).toEqual(expect.stringMatching(/./));
    expect({ type, name: called?.name }).toEqual({ type: "function", name: expect.stringMatching(/./) });
  }
  expect(seen.length).toBeGreaterThan(0);
  expect(seen).toEqual(seen.map((_, position) => position));
  expect(choices.filter((choice) => choice.finish_reason)).toEqual([choices.at(-1)]);
}
