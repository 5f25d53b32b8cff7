import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { collectCompletion } from "../../../src/protocol/collect-completion.ts";
import type { DecodingConstraint } from "../../../src/providers/decoding-constraint.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

let provider: LlamaCppProvider;
beforeAll(() => {
  provider = createTinyProvider();
});
afterAll(() => provider.close(0));

const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string", pattern: "^[a-z]{1,6}$" },
        unit: { enum: ["c", "f"] },
        days: { type: "integer", minimum: 1, maximum: 9 },
      },
      required: ["city", "unit"],
      additionalProperties: false,
    },
  },
};
const clock = { type: "function" as const, function: { name: "now" } };

/** The tiny vocabulary has the bytes in their order behind three special tokens. */
const LESS_THAN_TOKEN = 3 + "<".charCodeAt(0);

type Request = Partial<ChatCompletionRequest>;

async function ask(request: Request) {
  const { completion, facts } = await provider.complete(
    createCall({ max_tokens: 900, temperature: 1, ...request }),
  );
  const [choice] = completion.choices;
  if (choice === undefined) throw new Error("no choice");
  return { ...choice, calls: choice.message.tool_calls ?? [], usage: completion.usage, facts };
}

function expectWeather(text: string | undefined): void {
  const value = JSON.parse(text ?? "");
  expect(Object.keys(value).filter((key) => !["city", "unit", "days"].includes(key))).toEqual([]);
  expect(value.city).toMatch(/^[a-z]{1,6}$/);
  expect(["c", "f"]).toContain(value.unit);
  if (value.days !== undefined) expect([1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(value.days);
}

describe("calls that are asked for", () => {
  it("answers a named choice with one call of that function and arguments that match", async () => {
    for (let seed = 0; seed < 6; seed++) {
      const choice = { type: "function" as const, function: { name: "get_weather" } };
      const {
        message,
        calls,
        finish_reason: reason,
      } = await ask({
        tools: [clock, weather],
        tool_choice: choice,
        seed,
      });
      expect(message.content).toBeNull();
      expect(reason).toBe("tool_calls");
      expect(calls).toHaveLength(1);
      expect(calls[0]).toMatchObject({ type: "function", function: { name: "get_weather" } });
      expect(calls[0]?.id).toMatch(/^call_[0-9a-f]{24}$/);
      expectWeather(calls[0]?.function?.arguments);
    }
  });

  it("answers `required` with one to eight calls under ids of their own", async () => {
    for (let seed = 0; seed < 6; seed++) {
      const { calls, finish_reason: reason } = await ask({
        tools: [weather, clock],
        tool_choice: "required",
        seed,
      });
      expect(reason).toBe("tool_calls");
      expect(calls.length).toBeGreaterThanOrEqual(1);
      expect(calls.length).toBeLessThanOrEqual(8);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
      for (const { function: called } of calls) {
        if (called?.name === "now") expect(called.arguments).toBe("{}");
        else expectWeather(called?.arguments);
      }
    }
  });

  it("writes several calls where they are allowed and one where they are not", async () => {
    const counts = async (request: Request) => {
      const all = Array.from({ length: 8 }, (_, seed) =>
        ask({ tools: [clock, weather], tool_choice: "required", seed, ...request }),
      );
      return (await Promise.all(all)).map(({ calls }) => calls.length);
    };
    expect(Math.max(...(await counts({})))).toBeGreaterThan(1);
    expect(await counts({ parallel_tool_calls: false })).toEqual(Array(8).fill(1));
  });

  it("keeps to the tools that `allowed_tools` names", async () => {
    const allowed = { mode: "required" as const, tools: [{ type: "function", function: { name: "now" } }] };
    const { calls } = await ask({
      tools: [weather, clock],
      tool_choice: { type: "allowed_tools", allowed_tools: allowed },
      seed: 2,
    });
    expect(calls.map((call) => call.function?.name)).toEqual(["now"]);
  });

  it("answers the older fields in their own form", async () => {
    const request = { functions: [weather.function], function_call: { name: "get_weather" }, seed: 4 };
    const { message, finish_reason: reason } = await ask(request);
    expect(reason).toBe("function_call");
    expect(message.content).toBeNull();
    expect(message.tool_calls).toBeUndefined();
    expect(message.function_call?.name).toBe("get_weather");
    expectWeather(message.function_call?.arguments);
    const { chunks } = await provider.stream(createCall({ ...request, temperature: 1, stream: true }));
    expect(collectCompletion(await collect(chunks))?.choices[0]?.message).toEqual(message);
  });

  it("says `length` when the cap cuts a call, and gives what there is of it", async () => {
    const { calls, finish_reason: reason } = await ask({
      tools: [
        {
          type: "function",
          function: {
            name: "f",
            parameters: {
              type: "object",
              properties: { t: { type: "string", minLength: 400 } },
              required: ["t"],
            },
          },
        },
      ],
      tool_choice: "required",
      seed: 1,
      max_tokens: 60,
    });
    expect(reason).toBe("length");
    expect(calls[0]?.function?.arguments).toMatch(/^\{"t":"/);
  });

  it.each(["required" as const, { type: "function" as const, function: { name: "get_weather" } }])(
    "shows nothing of a call's mark that the cap cuts: %j",
    async (choice) => {
      for (let cap = 1; cap <= 12; cap++) {
        const request: Request = { tools: [weather], tool_choice: choice, seed: 1, max_tokens: cap };
        const whole = await ask(request);
        expect([whole.message.content, whole.finish_reason]).toEqual(["", "length"]);
        const { chunks } = await provider.stream(createCall({ ...request, stream: true }));
        const [streamed] = collectCompletion(await collect(chunks))?.choices ?? [];
        expect([streamed?.message.content ?? "", streamed?.finish_reason]).toEqual(["", "length"]);
      }
    },
  );

  it("does not cut a call at a stop text", async () => {
    const request = {
      tools: [weather],
      tool_choice: "required" as const,
      parallel_tool_calls: false,
      seed: 3,
    };
    const plain = await ask(request);
    const stopped = await ask({ ...request, stop: ["{", "city", "unit"] });
    expect(stopped.calls[0]?.function).toEqual(plain.calls[0]?.function);
    expect(stopped.finish_reason).toBe("tool_calls");
  });

  it("gives every choice its own calls", async () => {
    const { completion } = await provider.complete(
      createCall({ tools: [weather], tool_choice: "required", n: 3, seed: 5, max_tokens: 600 }),
    );
    expect(completion.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    const ids = completion.choices.flatMap(({ message }) => message.tool_calls?.map(({ id }) => id) ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { finish_reason: reason } of completion.choices)
      expect(["tool_calls", "length"]).toContain(reason);
  });
});

describe("streamed calls", () => {
  it("sends id, type and name first and then only arguments, which amount to the whole answer", async () => {
    const request: Request = {
      tools: [weather, clock],
      tool_choice: "required",
      seed: 6,
      temperature: 1,
      max_tokens: 900,
    };
    const { completion } = await provider.complete(createCall(request));
    const { chunks } = await provider.stream(createCall({ ...request, stream: true }));
    const streamed = await collect(chunks);
    const [role, ...rest] = streamed.map((chunk) => chunk.choices[0]);
    expect(role?.delta).toEqual({ role: "assistant", content: null, refusal: null });
    const pieces = rest.flatMap((choice) => choice?.delta.tool_calls ?? []);
    const seen = new Set<number>();
    for (const piece of pieces) {
      if (seen.has(piece.index)) {
        expect(Object.keys(piece)).toEqual(["index", "function"]);
        expect(Object.keys(piece.function ?? {})).toEqual(["arguments"]);
      } else
        expect(piece).toMatchObject({
          id: expect.stringMatching(/^call_/),
          type: "function",
          function: { arguments: "" },
        });
      seen.add(piece.index);
    }
    expect([...seen]).toEqual([...seen].map((_, index) => index));
    expect(rest.at(-1)).toMatchObject({ delta: {}, finish_reason: "tool_calls" });
    const functions = (answer: typeof completion | null) =>
      answer?.choices[0]?.message.tool_calls?.map((call) => call.function);
    expect(functions(collectCompletion(streamed))).toEqual(functions(completion));
  });
});

describe("calls the model is free to make", () => {
  it("answers with text and no finished mark, or with calls, and says which", async () => {
    for (let seed = 0; seed < 6; seed++) {
      const { message, calls, finish_reason: reason } = await ask({ tools: [weather], seed, max_tokens: 60 });
      if (reason === "tool_calls") expect(calls.length).toBeGreaterThan(0);
      else expect(message.content).not.toContain("<tool_call>");
    }
  });

  it("calls when the model begins one, and holds to the response format when it does not", async () => {
    const request: Request = { tools: [clock], response_format: { type: "json_object" }, seed: 3 };
    const call = await ask({ ...request, logit_bias: { [LESS_THAN_TOKEN]: 100 } });
    expect(call.message.content).toBeNull();
    expect(call.calls[0]?.function).toEqual({ name: "now", arguments: "{}" });
    const text = await ask({ ...request, logit_bias: { [LESS_THAN_TOKEN]: -100 } });
    expect(text.calls).toEqual([]);
    expect(text.message.content).toMatch(/^\{/);
  });

  it("shows nothing of a mark that the cap cuts", async () => {
    const cut: Request = { tools: [clock], logit_bias: { [LESS_THAN_TOKEN]: 100 }, max_tokens: 1 };
    const { message, finish_reason: reason } = await ask(cut);
    expect([message.content, reason]).toEqual(["", "length"]);
  });

  it("describes no tools and makes no calls under tool_choice none", async () => {
    const plain = await ask({ seed: 1, max_tokens: 12 });
    const none = await ask({ tools: [weather], tool_choice: "none", seed: 1, max_tokens: 12 });
    expect(none.message).toEqual(plain.message);
    expect(none.usage?.prompt_tokens).toBe(plain.usage?.prompt_tokens);
    expect(none.facts.dropped).toEqual([]);
  });

  it("holds text to the response format and still may call", async () => {
    const schema = {
      type: "object",
      properties: { a: { enum: ["x", "y"] } },
      required: ["a"],
      additionalProperties: false,
    };
    const format = { type: "json_schema" as const, json_schema: { name: "a", schema } };
    for (let seed = 0; seed < 4; seed++) {
      const {
        message,
        calls,
        finish_reason: reason,
      } = await ask({ tools: [clock], response_format: format, seed, max_tokens: 300 });
      if (reason === "stop") expect(["x", "y"]).toContain(JSON.parse(message.content ?? "").a);
      else expect(calls.length).toBeGreaterThan(0);
    }
  });
});

describe("the conversation", () => {
  it("puts calls and results to the model", async () => {
    const count = async (messages: ChatCompletionRequest["messages"]) =>
      (await ask({ messages, max_tokens: 1 })).usage?.prompt_tokens ?? 0;
    const call = {
      id: "call_1",
      type: "function" as const,
      function: { name: "now", arguments: '{ "a": 1 }' },
    };
    const asked = { role: "user" as const, content: "when" };
    const called = { role: "assistant" as const, content: null, tool_calls: [call] };
    const result = { role: "tool" as const, tool_call_id: "call_1", content: "at noon" };
    const short = await count([asked]);
    const withCall = await count([asked, called, asked]);
    const withResult = await count([asked, called, result]);
    const withText = await count([
      asked,
      { role: "assistant", content: '<tool_call>{"name":"now","arguments":{"a":1}}</tool_call>' },
      { role: "user", content: "<tool_response>at noon</tool_response>" },
    ]);
    expect(withCall).toBeGreaterThan(short);
    expect(withResult).toBe(withText);
    expect(await count([asked, called, result, result])).toBeGreaterThan(withResult);
  });

  it("lets tools take the place of a domain's constraint, and says so", async () => {
    const constraint: DecodingConstraint = {
      name: "test",
      promptVersion: "p1",
      messages: [{ role: "user", content: "the canonical prompt" }],
      start: () => {
        throw new Error("the constraint was started");
      },
    };
    const request: Request = { tools: [clock], tool_choice: "required", max_tokens: 300 };
    const { completion, facts } = await provider.complete(createCall(request, { constraint }));
    expect(completion.choices[0]?.message.tool_calls?.length).toBeGreaterThan(0);
    expect(facts).toMatchObject({
      decoding: "constrained",
      promptVersion: null,
      interventions: null,
      dropped: [],
    });
  });
});

describe("tools that cannot be used", () => {
  const named = (name: string, parameters?: Record<string, unknown>) => ({
    type: "function" as const,
    function: { name, ...(parameters && { parameters }) },
  });
  const cases: [title: string, request: Request, expected: object][] = [
    ["the same name twice", { tools: [named("a"), named("a")] }, { param: "tools[1].function.name" }],
    [
      "a choice that is not among them",
      { tools: [named("a")], tool_choice: { type: "function", function: { name: "b" } } },
      { param: "tool_choice" },
    ],
    ["a choice without any", { tool_choice: "required" }, { param: "tool_choice" }],
    [
      "an older choice that is not among them",
      { functions: [{ name: "a" }], function_call: { name: "b" } },
      { param: "function_call" },
    ],
    [
      "parameters that are no object",
      { tools: [named("a", { type: "string" })] },
      { param: "tools[0].function.parameters", code: "invalid_function_parameters" },
    ],
    [
      "parameters that are no schema",
      {
        tools: [
          named("a", {
            type: "object",
            properties: { b: { type: "string", minLength: 5, maxLength: 2 } },
            required: ["b"],
          }),
        ],
      },
      { param: "tools[0].function.parameters", code: "invalid_function_parameters" },
    ],
    [
      "a tool of another type",
      { tools: [{ type: "custom", custom: { name: "a" } }] },
      { param: "tools[0].type" },
    ],
  ];
  it.each(cases)("refuses %s before anything is decoded", async (_title, request, expected) => {
    const error = { name: "ProviderError", kind: "invalid_request", ...expected };
    await expect(provider.complete(createCall(request))).rejects.toMatchObject(error);
    await expect(provider.stream(createCall({ ...request, stream: true }))).rejects.toMatchObject(error);
  });
});
