import { describe, expect, it } from "vitest";
import { createJsonSchemaGrammar } from "../../../src/json-schema/json-schema-grammar.ts";
import { createGrammarAutomaton } from "../../../src/providers/llama-cpp/engine/grammar-automaton/grammar-automaton.ts";
import { createToolGrammar } from "../../../src/providers/llama-cpp/tools/tool-grammar.ts";

const object = (properties: Record<string, unknown>) =>
  createJsonSchemaGrammar({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }).grammar;

const functions = [
  { name: "get_weather", grammar: object({ city: { enum: ["Oslo", '"[a-z]"'] } }) },
  { name: "get_time", grammar: object({ zone: { type: "integer", minimum: 1, maximum: 3 } }) },
];

const weather = '<tool_call>{"name":"get_weather","arguments":{"city":"Oslo"}}</tool_call>';
const time = '<tool_call>{"name":"get_time","arguments":{"zone":2}}</tool_call>';

function createAccepts(options: Partial<Parameters<typeof createToolGrammar>[0]>): (text: string) => boolean {
  const grammar = createToolGrammar({
    functions,
    isRequired: false,
    isParallel: true,
    contentGrammar: null,
    ...options,
  });
  const automaton = createGrammarAutomaton(grammar, "root");
  return (text) => automaton.advance(automaton.start, text)?.isWhole === true;
}

describe("createToolGrammar", () => {
  it("asks for calls with the arguments of the function that is named", () => {
    const accepts = createAccepts({ isRequired: true });
    expect(accepts(weather)).toBe(true);
    expect(accepts(weather.replace("Oslo", '\\"[a-z]\\"'))).toBe(true);
    expect(accepts(time.replace("get_time", "get_weather"))).toBe(false);
    expect(accepts(time.replace("2", "4"))).toBe(false);
    expect(accepts("")).toBe(false);
    expect(accepts("hello")).toBe(false);
    expect(accepts(`hello ${weather}`)).toBe(false);
  });

  it("allows up to eight calls where several are allowed", () => {
    const several = (count: number) => Array(count).fill(weather).join("\n");
    const accepts = createAccepts({ isRequired: true });
    expect([2, 8, 9].map((count) => accepts(several(count)))).toEqual([true, true, false]);
    expect(accepts(`${weather}\n${time}`)).toBe(true);
    expect(createAccepts({ isRequired: true, isParallel: false })(several(2))).toBe(false);
  });

  it("takes any text for content, up to a mark, which begins a call", () => {
    const accepts = createAccepts({});
    const texts = ["", "hello", "a < b", "<<<", "<tool_cal", "<tool<tool_call", "<tool_callx>", "línea\n<b>"];
    for (const text of texts) {
      expect([text, accepts(text)]).toEqual([text, true]);
      if (text !== "<tool<tool_call") expect([text, accepts(`${text}${weather}`)]).toEqual([text, true]);
    }
    expect(accepts("<tool_call>")).toBe(false);
    expect(accepts("<tool_call> hello")).toBe(false);
    expect(accepts(`${weather} and more`)).toBe(false);
  });

  it("holds content to the response format", () => {
    const accepts = createAccepts({ contentGrammar: object({ a: { const: 1 } }) });
    expect(accepts('{"a":1}')).toBe(true);
    expect(accepts(weather)).toBe(true);
    expect(accepts("hello")).toBe(false);
    expect(accepts(`{"a":1}${weather}`)).toBe(false);
  });
});
