import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { collectCompletion } from "../../../src/protocol/collect-completion.ts";
import { createCallTextReader } from "../../../src/providers/openai/answers/call-text-reader.ts";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../../support/scripted-upstream.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

let upstream: ScriptedUpstream;
let provider: Provider;
beforeEach(async () => {
  upstream = await createScriptedUpstream();
  provider = createOpenAiProvider({
    id: "upstream",
    baseUrl: upstream.baseUrl,
    dialect: "llama-server",
    licenseClass: "unknown",
    retries: { max: 0 },
  });
});
afterEach(async () => {
  await provider.close(100);
  await upstream.close();
});

const tree = {
  type: "function" as const,
  function: {
    name: "plant",
    parameters: {
      type: "object",
      properties: { kind: { $ref: "#/$defs/kind" }, under: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
      required: ["kind", "under"],
      $defs: { kind: { enum: ["oak"] } },
    },
  },
};
const bare = { type: "function" as const, function: { name: "now" } };
const tools = [tree, bare];
type Request = Partial<ChatCompletionRequest>;

/** What the upstream was asked and what became of its answer, whole and streamed. */
async function ask(content: string, request: Request, finishReason = "stop") {
  upstream.setDefault({ kind: "answer", content, finishReason });
  const { completion } = await provider.complete(createCall(request));
  const { chunks } = await provider.stream(createCall({ ...request, stream: true }));
  const streamed = collectCompletion(await collect(chunks));
  const body = upstream.requests.at(-1)?.body;
  const read = (answer: typeof streamed) =>
    answer?.choices.map(({ message, finish_reason: reason }) => ({
      content: message.content,
      calls: message.tool_calls?.map(({ function: called }) => [called?.name, called?.arguments]),
      reason,
    }));
  return { body, whole: read(completion), streamed: read(streamed), completion };
}

describe("calls that a server makes only under a schema", () => {
  it("asks for a list of calls, with the parameters' references moved along", async () => {
    const { body } = await ask('[{"name":"now","arguments":{}}]', { tools, tool_choice: "required" });
    expect(body).not.toHaveProperty("tool_choice");
    expect(body).toMatchObject({ tools });
    const format = body?.response_format as { json_schema: { schema: object } };
    const define = (name: string) => ({
      type: "object",
      properties: { name: { const: name }, arguments: { $ref: `#/$defs/${name}` } },
      required: ["name", "arguments"],
      additionalProperties: false,
    });
    expect(format.json_schema.schema).toEqual({
      type: "array",
      items: { anyOf: [define("plant"), define("now")] },
      minItems: 1,
      maxItems: 8,
      $defs: {
        plant: {
          ...tree.function.parameters,
          properties: {
            kind: { $ref: "#/$defs/plant/$defs/kind" },
            under: { anyOf: [{ $ref: "#/$defs/plant" }, { type: "null" }] },
          },
        },
        now: { type: "object", properties: {}, additionalProperties: false },
      },
    });
  });

  it("asks for one call where one was named or several are not allowed", async () => {
    const choice = { type: "function" as const, function: { name: "now" } };
    const { body } = await ask('{"name":"now","arguments":{}}', { tools, tool_choice: choice });
    expect(body).toMatchObject({ tools: [bare] });
    const single: Request = { tools, tool_choice: "required", parallel_tool_calls: false };
    for (const { body: asked } of [{ body }, await ask('{"name":"now","arguments":{}}', single)]) {
      const format = asked?.response_format as { json_schema: { schema: object } };
      expect(format.json_schema.schema).toHaveProperty("anyOf");
      expect(asked).not.toHaveProperty("parallel_tool_calls");
    }
  });

  it("answers with calls, whatever white space the server wrote between them", async () => {
    const text =
      '[ {"name" : "plant" , "arguments" : {"kind":"oak", "under":null} } , {"name":"now","arguments":{ }} ]';
    const { whole, streamed, completion } = await ask(text, { tools, tool_choice: "required", n: 2 });
    const calls = [
      ["plant", '{"kind":"oak", "under":null}'],
      ["now", "{ }"],
    ];
    const expected = { content: null, calls, reason: "tool_calls" };
    expect(whole).toEqual([expected, expected]);
    expect(streamed).toEqual(whole);
    const ids = completion.choices.flatMap(({ message }) => message.tool_calls?.map(({ id }) => id));
    expect(new Set(ids).size).toBe(4);
  });

  it("gives what there is of a cut answer, and says `length`", async () => {
    const text = '[{"name":"plant", "arguments":{"kind":"o';
    const { whole, streamed } = await ask(text, { tools, tool_choice: "required" }, "length");
    expect(whole).toEqual([{ content: null, calls: [["plant", '{"kind":"o']], reason: "length" }]);
    expect(streamed).toEqual(whole);
    const early = await ask('[{"name":"pl', { tools, tool_choice: "required" }, "length");
    expect(early.whole).toEqual([{ content: null, calls: undefined, reason: "length" }]);
  });

  it("refuses plain text for an answer, at once and streamed", async () => {
    const request: Request = { tools, tool_choice: "required" };
    const expected = { name: "ProviderError", kind: "invalid_response" };
    await expect(ask("Sure, I will call it.", request)).rejects.toMatchObject(expected);
    const { chunks } = await provider.stream(createCall({ ...request, stream: true }));
    await expect(collect(chunks)).rejects.toMatchObject(expected);
  });

  it("leaves a free choice to the server", async () => {
    const { body, whole } = await ask("hello", { tools, tool_choice: "auto" });
    expect(body).toMatchObject({ tools, tool_choice: "auto" });
    expect(body).not.toHaveProperty("response_format");
    expect(whole).toEqual([{ content: "hello", calls: undefined, reason: "stop" }]);
  });
});

describe("the reader of calls in text", () => {
  it("reads the same from every cut", () => {
    const text =
      '[{"name":"a\\"b","arguments":{"t":"}{\\"\\\\"}},\n {"name":"c","arguments":{"d":{"e":[{}]}}}]';
    const expected = [
      ['a"b', '{"t":"}{\\"\\\\"}'],
      ["c", '{"d":{"e":[{}]}}'],
    ];
    for (let size = 1; size <= text.length; size++) {
      const read = createCallTextReader();
      const calls: [string, string][] = [];
      for (let at = 0; at < text.length; at += size)
        for (const event of read(text.slice(at, at + size))) {
          if (event.kind === "call") calls.push([event.name, ""]);
          else
            calls[event.index] = [
              calls[event.index]?.[0] ?? "",
              (calls[event.index]?.[1] ?? "") + event.text,
            ];
        }
      expect(calls).toEqual(expected);
    }
  });
});
