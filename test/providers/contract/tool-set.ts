import { expect } from "vitest";
import type { ChatCompletion } from "../../../src/protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { expectMatch } from "./schemas.ts";

type ToolCalls = NonNullable<ChatCompletion["choices"][number]["message"]["tool_calls"]>;
type Message = ChatCompletionRequest["messages"][number];

/** A function as strict mode wants it; references point into the parameters, not into the request. */
export const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    description: "Weather of a city",
    strict: true,
    parameters: {
      type: "object",
      properties: {
        city: { $ref: "#/$defs/city" },
        days: { type: "integer", minimum: 1, maximum: 9 },
        unit: { anyOf: [{ type: "string", enum: ["c", "f"] }, { type: "null" }] },
      },
      required: ["city", "days", "unit"],
      additionalProperties: false,
      $defs: { city: { type: "string", enum: ["Oslo", "Rome"] } },
    },
  },
};
export const clock = {
  type: "function" as const,
  function: {
    name: "now",
    strict: true,
    parameters: { type: "object", properties: {}, required: [], additionalProperties: false },
  },
};

/** The same function with no choice in its arguments, for answers that must not hang on a near tie of two tokens. */
export const plainWeather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    strict: true,
    parameters: {
      type: "object",
      properties: { city: { enum: ["Oslo"] }, days: { enum: [3] }, unit: { enum: ["c"] } },
      required: ["city", "days", "unit"],
      additionalProperties: false,
    },
  },
};

/** Each call whole, under an id of its own, of a known function and with arguments that match. */
export function expectCalls(calls: ToolCalls): void {
  for (const { id, type, function: called } of calls) {
    expect(id).not.toBe("");
    expect(type).toBe("function");
    expect(["get_weather", "now"]).toContain(called?.name);
    expectMatch(called?.arguments, (called?.name === "now" ? clock : weather).function.parameters);
  }
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
}

/** What is the same in two answers to one request: ids are new each time, white space between JSON tokens says nothing. */
export function readCalled(calls: ToolCalls | null | undefined) {
  return calls?.map(({ function: called }) => ({
    name: called?.name,
    arguments: JSON.parse(called?.arguments ?? ""),
  }));
}

export function callWeather(id: string, city: string, days: number) {
  const called = { name: "get_weather", arguments: JSON.stringify({ city, days, unit: "c" }) };
  return { id, type: "function" as const, function: called };
}

/** A conversation in which the question was always answered with calls. */
export function createCallingHistory(turns: number): Message[] {
  const question: Message = { role: "user", content: "weather?" };
  return Array.from({ length: turns }, (_, turn): Message[] => [
    question,
    {
      role: "assistant",
      content: null,
      tool_calls: [
        callWeather(`call_${2 * turn}`, "Oslo", 3),
        callWeather(`call_${2 * turn + 1}`, "Rome", 2),
      ],
    },
  ])
    .flat()
    .concat(question);
}
