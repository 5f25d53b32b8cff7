import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { upstreamFaults } from "../support/upstream-script.ts";
import { playForClients, UPSTREAM_OBJECT, UPSTREAM_TEXT, VECTOR } from "./support/play-clients.ts";
import {
  type ClientGateway,
  EMBEDDING_MODEL,
  MODELS,
  startClientGateway,
} from "./support/start-client-gateway.ts";

const garment = z.object({
  colour: z.enum(["red", "blue"]),
  count: z.number().int().min(1).max(9),
  warm: z.boolean(),
});
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Say something." }];
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string", enum: ["Paris", "Rome"] } },
      required: ["city"],
      additionalProperties: false,
    },
  },
} satisfies OpenAI.ChatCompletionTool;

let served: ClientGateway;
let client: OpenAI;

beforeAll(async () => {
  served = await startClientGateway();
});
afterAll(() => served.close());
beforeEach(() => {
  client = new OpenAI({ baseURL: served.baseURL, apiKey: "sk-any", maxRetries: 0 });
});
afterEach(() => served.upstream.setDefault(playForClients));

describe.each(MODELS)("openai for Node against %s", (model) => {
  const isUpstream = model === "upstream-model";

  test("creates an answer", async () => {
    const completion = await client.chat.completions.create({ model, messages, max_tokens: 12 });
    const [choice] = completion.choices;
    expect(completion).toMatchObject({ object: "chat.completion", model });
    expect(choice?.message.role).toBe("assistant");
    expect(choice?.message.content).toBeTypeOf("string");
    if (isUpstream) expect(choice?.message.content).toBe(UPSTREAM_TEXT);
    expect(completion.usage?.total_tokens).toBeGreaterThan(0);
    expect(completion._request_id).toBeTruthy();
  });

  test("streams what adds up to an answer", async () => {
    const stream = await client.chat.completions.create({
      model,
      messages,
      max_tokens: 12,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size).toBe(1);
    expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
    expect(["stop", "length"]).toContain(chunks.at(-2)?.choices[0]?.finish_reason);
    if (isUpstream) {
      expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(UPSTREAM_TEXT);
    }
  });

  test("parses an answer by a zod schema", async () => {
    const completion = await client.chat.completions.parse({
      model,
      messages,
      response_format: zodResponseFormat(garment, "garment"),
    });
    const parsed = completion.choices[0]?.message.parsed;
    expect(garment.parse(parsed)).toEqual(parsed);
    if (isUpstream) expect(parsed).toEqual(UPSTREAM_OBJECT);
  });

  test("follows a stream by its events to a parsed answer", async () => {
    const runner = client.chat.completions.stream({
      model,
      messages,
      response_format: zodResponseFormat(garment, "garment"),
    });
    let content = "";
    runner.on("content", (delta) => {
      content += delta;
    });
    const completion = await runner.finalChatCompletion();
    expect(garment.parse(JSON.parse(content))).toEqual(completion.choices[0]?.message.parsed);
  });

  test("gets the calls it asks for", async () => {
    const completion = await client.chat.completions.create({
      model,
      messages,
      tools: [weather],
      tool_choice: { type: "function", function: { name: "get_weather" } },
      parallel_tool_calls: false,
    });
    const [choice] = completion.choices;
    const [call] = choice?.message.tool_calls ?? [];
    if (call?.type !== "function") throw new Error("no function was called");
    expect(call.id).toBeTruthy();
    expect(call.function.name).toBe("get_weather");
    expect(["Paris", "Rome"]).toContain(JSON.parse(call.function.arguments).city);
  });

  test("streams calls piece by piece", async () => {
    const runner = client.chat.completions.stream({
      model,
      messages,
      tools: [weather],
      tool_choice: "required",
      parallel_tool_calls: false,
    });
    const completion = await runner.finalChatCompletion();
    const [call] = completion.choices[0]?.message.tool_calls ?? [];
    if (call?.type !== "function") throw new Error("no function was called");
    expect(["Paris", "Rome"]).toContain(JSON.parse(call.function.arguments).city);
    expect(completion.choices[0]?.finish_reason).toBe("tool_calls");
  });

  test("runs its tools and hands their results back", async () => {
    const asked: string[] = [];
    const runner = client.chat.completions.runTools({
      model,
      messages,
      max_tokens: 200,
      tools: [
        {
          type: "function",
          function: {
            ...weather.function,
            parse: JSON.parse,
            function: ({ city }: { city: string }) => {
              asked.push(city);
              return `Sunny in ${city}.`;
            },
          },
        },
      ],
      // The runner ends behind the result of a call that it was told to make.
      tool_choice: { type: "function", function: { name: "get_weather" } },
      parallel_tool_calls: false,
    });
    await runner.done();
    expect(["Paris", "Rome"]).toContain(asked[0]);
    const roles = runner.messages.map(({ role }) => role);
    expect(roles.slice(0, 3)).toEqual(["user", "assistant", "tool"]);
  });

  test("stops a stream that it aborts", async () => {
    const stream = await client.chat.completions.create({ model, messages, stream: true, max_tokens: 400 });
    let chunks = 0;
    for await (const _chunk of stream) {
      chunks += 1;
      stream.controller.abort();
    }
    expect(chunks).toBeLessThan(20);
    const next = await client.chat.completions.create({ model, messages, max_tokens: 4 });
    expect(next.choices).toHaveLength(1);
  });

  test("creates, parses and streams responses", async () => {
    const created = await client.responses.create({
      model,
      input: "Say something.",
      max_output_tokens: 12,
      store: false,
    });
    expect(created.output_text).toBeTypeOf("string");
    if (isUpstream) expect(created.output_text).toBe(UPSTREAM_TEXT);
    const parsed = await client.responses.parse({
      model,
      input: "A garment.",
      text: { format: zodTextFormat(garment, "garment") },
    });
    expect(garment.parse(parsed.output_parsed)).toEqual(parsed.output_parsed);
    const stream = client.responses.stream({ model, input: "Say something.", max_output_tokens: 12 });
    let text = "";
    stream.on("response.output_text.delta", ({ delta }) => {
      text += delta;
    });
    expect((await stream.finalResponse()).output_text).toBe(text);
  });

  test("answers a response's function call with its output", async () => {
    const { type: _, function: definition } = weather;
    const tools: OpenAI.Responses.FunctionTool[] = [{ type: "function", strict: true, ...definition }];
    const input: OpenAI.Responses.ResponseInputItem[] = [{ role: "user", content: "How is the weather?" }];
    const asked = await client.responses.create({
      model,
      input,
      tools,
      tool_choice: "required",
      store: false,
    });
    const call = asked.output.find((item) => item.type === "function_call");
    if (call === undefined) throw new Error("no function was called");
    expect(["Paris", "Rome"]).toContain(JSON.parse(call.arguments).city);
    input.push(call, { type: "function_call_output", call_id: call.call_id, output: "Sunny." });
    const answered = await client.responses.create({
      model,
      input,
      tools,
      tool_choice: "none",
      max_output_tokens: 12,
    });
    expect(answered.output_text).toBeTypeOf("string");
    if (isUpstream) expect(answered.output_text).toBe(UPSTREAM_TEXT);
  });

  test("continues a text in the legacy interface, streamed too", async () => {
    const whole = await client.completions.create({ model, prompt: "Once", max_tokens: 8 });
    expect(whole.choices[0]?.text).toBeTypeOf("string");
    const stream = await client.completions.create({ model, prompt: "Once", max_tokens: 8, stream: true });
    let text = "";
    for await (const { choices } of stream) text += choices[0]?.text ?? "";
    if (isUpstream) expect([whole.choices[0]?.text, text]).toEqual([UPSTREAM_TEXT, UPSTREAM_TEXT]);
  });

  test("raises the errors of the official service", async () => {
    const bad = client.chat.completions.create({ model, messages, temperature: 200 });
    await expect(bad).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(bad).rejects.toMatchObject({
      status: 400,
      param: "temperature",
      code: "decimal_above_max_value",
      type: "invalid_request_error",
    });
    const unknown = client.chat.completions.create({ model: `${model}-nothing`, messages });
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });
});

describe("openai for Node", () => {
  test("lists and retrieves the models", async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toEqual(expect.arrayContaining([...MODELS]));
    expect(await client.models.retrieve("local-model")).toMatchObject({ id: "local-model", object: "model" });
  });

  test("asks again after 429 and 503, and not when told that it is no use", async () => {
    const patient = new OpenAI({ baseURL: served.baseURL, apiKey: "sk-any", maxRetries: 2 });
    const limited = {
      kind: "raw",
      status: 429,
      headers: { "retry-after-ms": "5" },
      body: '{"error":{"message":"slow"}}',
    } as const;
    const before = served.upstream.requests.length;
    served.upstream.play(limited, limited);
    const completion = await patient.chat.completions.create({ model: "upstream-model", messages });
    expect(completion.choices[0]?.message.content).toBe(UPSTREAM_TEXT);
    expect(served.upstream.requests.length - before).toBe(3);
    served.upstream.play(upstreamFaults.badKey);
    const refused = patient.chat.completions.create({ model: "upstream-model", messages });
    await expect(refused).rejects.toMatchObject({ status: 502, code: "upstream_authentication" });
    expect(served.upstream.requests.length - before).toBe(4);
  });

  test("raises a stream that breaks in the middle", async () => {
    served.upstream.play(upstreamFaults.cutBroken);
    const stream = await client.chat.completions.create({ model: "upstream-model", messages, stream: true });
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  test("gets embeddings of an upstream, and a clear no of a local model that makes none", async () => {
    const numbers = await client.embeddings.create({
      model: "upstream-model",
      input: ["a", "b"],
      encoding_format: "float",
    });
    expect(numbers.data.map(({ embedding }) => embedding)).toEqual([VECTOR, VECTOR]);
    const local = client.embeddings.create({ model: "local-model", input: "a" });
    await expect(local).rejects.toMatchObject({ status: 400, param: "model", code: "model_not_supported" });
  });

  test("gets embeddings of a local model: the same as base64, its own choice, and as numbers", async () => {
    const input = ["hello world", "the red dress"];
    const packed = await client.embeddings.create({ model: EMBEDDING_MODEL, input });
    const plain = await client.embeddings.create({ model: EMBEDDING_MODEL, input, encoding_format: "float" });
    expect(packed).toMatchObject({ object: "list", model: EMBEDDING_MODEL, usage: { prompt_tokens: 9 } });
    const vectors = packed.data.map(({ embedding }) => Array.from(embedding));
    expect(plain.data.map(({ embedding }) => embedding)).toEqual(vectors);
    expect(vectors.map((vector) => Math.hypot(...vector))).toEqual([
      expect.closeTo(1, 6),
      expect.closeTo(1, 6),
    ]);
    const [first] = (await client.embeddings.create({ model: EMBEDDING_MODEL, input: "hello world" })).data;
    expect(Array.from(first?.embedding ?? [])).toEqual(vectors[0]);
    const long = client.embeddings.create({ model: EMBEDDING_MODEL, input: "the ".repeat(400) });
    await expect(long).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(long).rejects.toMatchObject({ code: "context_length_exceeded", param: "input" });
  });

  test("sends a picture in a message", async () => {
    const completion = await client.chat.completions
      .create({
        model: "local-model",
        max_tokens: 4,
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What is this?" },
              { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
            ],
          },
        ],
      })
      .withResponse();
    expect(completion.response.headers.get("x-tailor-dropped")).toContain("image_url");
  });
});
