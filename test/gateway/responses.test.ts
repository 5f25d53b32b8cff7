import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { upstreamFaults } from "../support/upstream-script.ts";
import { readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

let upstream: ScriptedUpstream;
let tailor: TestGateway;

beforeEach(async () => {
  upstream = await startUpstream(answerWith("hello there friend"));
  tailor = await startTestGateway({ upstreams: { first: upstream.baseUrl } });
});

afterEach(async () => {
  await tailor.close();
  await upstream.close();
});

const create = (fields: object = {}) =>
  tailor.client.responses.create({ model: "stylist", input: "hi", ...fields });

async function readEvents(fields: object = {}) {
  const body = { model: "stylist", input: "hi", stream: true, ...fields };
  const response = await tailor.post("/v1/responses", body);
  const blocks = (await response.text()).trim().split("\n\n");
  return blocks.map((block) => {
    const [name = "", data = ""] = block.split("\n");
    return { name: name.replace("event: ", ""), data: JSON.parse(data.replace("data: ", "")) };
  });
}

const lookUp = {
  type: "function",
  name: "look_up",
  description: "Looks a garment up",
  parameters: { type: "object", properties: { name: { type: "string" } } },
};

function answerWithCalls(...calls: { name: string; arguments: string }[]) {
  const tool_calls = calls.map((called, index) => ({
    id: `call_${index}`,
    type: "function",
    function: called,
  }));
  const message = { role: "assistant", content: null, tool_calls };
  const choices = [{ index: 0, message, finish_reason: "tool_calls", logprobs: null }];
  const value = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices };
  return { kind: "raw", status: 200, body: JSON.stringify(value) } as const;
}

describe("a response", () => {
  test("is the chat answer in the words of the Responses interface", async () => {
    const response = await create({ instructions: "Be brief.", max_output_tokens: 50, metadata: { a: "b" } });
    expect(response).toMatchObject({
      object: "response",
      status: "completed",
      model: "stylist",
      output_text: "hello there friend",
      error: null,
      incomplete_details: null,
      instructions: "Be brief.",
      max_output_tokens: 50,
      metadata: { a: "b" },
      store: false,
      usage: {
        input_tokens: 11,
        input_tokens_details: { cached_tokens: 3 },
        output_tokens: 3,
        total_tokens: 14,
      },
    });
    expect(response.id).toMatch(/^resp_[0-9a-f]{32}$/);
    expect(upstream.requests[0]?.body).toMatchObject({
      model: "first-model",
      max_completion_tokens: 50,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hi" },
      ],
    });
  });

  test("is routed, logged and open to feedback like every other", async () => {
    const { data, response } = await create().withResponse();
    expect(response.headers.get("x-tailor-target")).toBe("first");
    await tailor.gateway.idle();
    await tailor.store.flush();
    const { rows } = await tailor.store.reader.listInferences({ limit: 5 });
    expect(rows).toMatchObject([{ endpoint: "responses", status: 200, completionTokens: 3 }]);
    const feedback = await tailor.post("/v1/feedback", { inference_id: data.id, score: 1 });
    expect(feedback.status).toBe(201);
  });

  test("is offered to the shadows as the chat request it became", async () => {
    const offered: unknown[] = [];
    await using shadowed = await startTestGateway({
      upstreams: { first: upstream.baseUrl },
      deps: { offerShadow: ({ intake, answer }) => offered.push([intake.request.messages, answer]) },
    });
    await (await shadowed.post("/v1/responses", { model: "stylist", input: "hi" })).text();
    await (await shadowed.post("/v1/completions", { model: "stylist", prompt: "hi" })).text();
    await shadowed.gateway.idle();
    const pair = [[{ role: "user", content: "hi" }], "hello there friend"];
    expect(offered).toEqual([pair, pair]);
  });

  test("to store: false is logged without its words", async () => {
    await create({ store: false });
    await tailor.gateway.idle();
    await tailor.store.flush();
    const { rows } = await tailor.store.reader.listInferences({ limit: 5 });
    expect(rows).toMatchObject([{ consent: "none" }]);
    expect(upstream.requests[0]?.body?.store).toBe(false);
  });

  test("repeated is answered from the cache, streams too", async () => {
    await using cached = await startTestGateway({
      upstreams: { first: upstream.baseUrl },
      route: { cache: { enabled: true } },
    });
    const body = { model: "stylist", input: "hi", temperature: 0 };
    const states: (string | null)[] = [];
    for (const stream of [false, false, true]) {
      const response = await cached.post("/v1/responses", { ...body, stream });
      expect(await response.text()).toContain("hello there friend");
      states.push(response.headers.get("x-tailor-cache"));
    }
    expect(states).toEqual(["miss", "hit", "hit"]);
  });

  test("takes earlier items back: messages, calls, their outputs, thoughts", async () => {
    const { response } = await create({
      reasoning: { effort: "low" },
      truncation: "auto",
      include: ["reasoning.encrypted_content"],
      input: [
        { role: "developer", content: "Rules." },
        {
          role: "user",
          content: [
            { type: "input_text", text: "look" },
            { type: "input_image", image_url: "https://example.com/a.png", detail: "low" },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [] },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "One moment." }] },
        { type: "function_call", call_id: "c1", name: "look_up", arguments: '{"name":"a"}' },
        { type: "function_call", call_id: "c2", name: "look_up", arguments: '{"name":"b"}' },
        { type: "function_call_output", call_id: "c1", output: "red" },
        { type: "function_call_output", call_id: "c2", output: [{ type: "input_text", text: "blue" }] },
      ],
    }).withResponse();
    const call = (id: string, name: string) => ({
      id,
      type: "function",
      function: { name: "look_up", arguments: JSON.stringify({ name }) },
    });
    expect(upstream.requests[0]?.body?.messages).toEqual([
      { role: "developer", content: "Rules." },
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
        ],
      },
      { role: "assistant", content: "One moment.", tool_calls: [call("c1", "a"), call("c2", "b")] },
      { role: "tool", tool_call_id: "c1", content: "red" },
      { role: "tool", tool_call_id: "c2", content: [{ type: "text", text: "blue" }] },
    ]);
    expect(response.headers.get("x-tailor-dropped")?.split(", ").sort()).toEqual([
      "include",
      "input.reasoning",
      "reasoning",
      "truncation",
    ]);
  });

  test("of function calls has one item a call", async () => {
    upstream.setDefault(answerWithCalls({ name: "look_up", arguments: '{"name":"a"}' }));
    const response = await create({ tools: [lookUp], tool_choice: { type: "function", name: "look_up" } });
    expect(response.output).toMatchObject([
      {
        type: "function_call",
        call_id: "call_0",
        name: "look_up",
        arguments: '{"name":"a"}',
        status: "completed",
      },
    ]);
    const { type: _, ...definition } = lookUp;
    expect(upstream.requests[0]?.body).toMatchObject({
      tools: [{ type: "function", function: definition }],
      tool_choice: { type: "function", function: { name: "look_up" } },
    });
  });

  test("that was cut is incomplete and says why", async () => {
    upstream.setDefault(answerWith("cut o", { finishReason: "length" }));
    expect(await create()).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
    });
  });

  test("holds to text.format", async () => {
    const schema = {
      type: "object",
      properties: { a: { type: "number" } },
      required: ["a"],
      additionalProperties: false,
    };
    const format = { type: "json_schema", name: "thing", strict: true, schema };
    upstream.setDefault(answerWith('{"a":1}'));
    expect((await create({ text: { format } })).output_text).toBe('{"a":1}');
    expect(upstream.requests[0]?.body?.response_format).toEqual({
      type: "json_schema",
      json_schema: { name: "thing", schema, strict: true },
    });
    upstream.setDefault(answerWith('{"a":"one"}'));
    await expect(create({ text: { format } })).rejects.toMatchObject({
      status: 502,
      code: "invalid_response",
    });
  });
});

describe("a streamed response", () => {
  test("tells created, text and completion in numbered, typed events", async () => {
    const events = await readEvents();
    expect(events.map(({ name }) => name)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      ...Array(3).fill("response.output_text.delta"),
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(events.map(({ data }) => data.type)).toEqual(events.map(({ name }) => name));
    expect(events.map(({ data }) => data.sequence_number)).toEqual(events.map((_, index) => index));
    const completed = events.at(-1)?.data.response;
    expect(completed).toMatchObject({ status: "completed", usage: { total_tokens: 14 } });
    expect(completed.output).toEqual([events.at(-2)?.data.item]);
    expect(new Set(events.flatMap(({ data }) => data.item_id ?? []))).toEqual(
      new Set([completed.output[0].id]),
    );
  });

  test("is put together by the official client", async () => {
    const stream = tailor.client.responses.stream({ model: "stylist", input: "hi" });
    const deltas: string[] = [];
    stream.on("response.output_text.delta", ({ delta }) => deltas.push(delta));
    const response = await stream.finalResponse();
    expect(deltas.join("")).toBe("hello there friend");
    expect(response.output_text).toBe("hello there friend");
  });

  test("of several calls closes each before the next", async () => {
    const chunk = (delta: object, finish_reason: string | null = null) =>
      `data: ${JSON.stringify({
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta, finish_reason }],
      })}\n\n`;
    const piece = (index: number, fields: object) => ({ tool_calls: [{ index, ...fields }] });
    const body = [
      chunk({ role: "assistant", content: "Looking." }),
      chunk(piece(0, { id: "c1", type: "function", function: { name: "look_up", arguments: "" } })),
      chunk(piece(0, { function: { arguments: '{"name":' } })),
      chunk(piece(0, { function: { arguments: '"a"}' } })),
      chunk(piece(1, { id: "c2", type: "function", function: { name: "look_up", arguments: "{}" } })),
      chunk({}, "tool_calls"),
      "data: [DONE]\n\n",
    ].join("");
    upstream.setDefault({ kind: "raw", status: 200, headers: { "content-type": "text/event-stream" }, body });
    const events = await readEvents({ tools: [lookUp] });
    const items = events
      .filter(({ name }) => name === "response.output_item.done")
      .map(({ data }) => data.item);
    expect(items).toMatchObject([
      { type: "message", content: [{ type: "output_text", text: "Looking." }] },
      { type: "function_call", call_id: "c1", arguments: '{"name":"a"}' },
      { type: "function_call", call_id: "c2", arguments: "{}" },
    ]);
    expect(events.at(-1)?.data.response.output).toEqual(items);
  });

  test("that breaks off ends failed and raises in the official client", async () => {
    upstream.setDefault(upstreamFaults.cutBroken);
    const events = await readEvents();
    expect(events.slice(-2).map(({ name }) => name)).toEqual(["response.failed", "error"]);
    expect(events.at(-2)?.data.response).toMatchObject({ status: "failed", error: { code: "unavailable" } });
    const stream = await tailor.client.responses.create({ model: "stylist", input: "hi", stream: true });
    const read = async () => {
      for await (const _event of stream);
    };
    await expect(read()).rejects.toMatchObject({ code: "unavailable" });
    await expect(read()).rejects.toBeInstanceOf(OpenAI.OpenAIError);
  });
});

describe("a request that cannot be mapped", () => {
  test("or that the upstream refuses is told in the names that its client knows", async () => {
    upstream.setDefault({
      kind: "raw",
      status: 400,
      body: '{"error":{"message":"Too many.","param":"max_completion_tokens","code":"bad"}}',
    });
    await expect(create({ max_output_tokens: 9 })).rejects.toMatchObject({
      status: 400,
      param: "max_output_tokens",
      code: "bad",
    });
    const schema = { type: "nonsense" };
    await expect(
      create({ text: { format: { type: "json_schema", name: "x", schema } } }),
    ).rejects.toMatchObject({
      status: 400,
      param: "text.format.schema",
      code: "invalid_json_schema",
    });
  });

  test.each([
    [
      "an earlier response",
      { previous_response_id: "resp_1" },
      "previous_response_id",
      "unsupported_parameter",
    ],
    ["background work", { background: true }, "background", "unsupported_parameter"],
    ["a hosted tool", { tools: [{ type: "web_search" }] }, "tools[0].type", "invalid_value"],
    ["no input", { input: undefined }, "input", "missing_required_parameter"],
    ["an item of another kind", { input: [{ type: "mcp_call" }] }, "input[0].type", "invalid_value"],
    [
      "a strict schema that is open",
      { text: { format: { type: "json_schema", name: "x", strict: true, schema: { type: "object" } } } },
      "text.format.schema",
      "invalid_json_schema",
    ],
    [
      "a strict tool that is open",
      { tools: [{ ...lookUp, strict: true }] },
      "tools[0].parameters",
      "invalid_function_parameters",
    ],
  ])("for %s is refused by name", async (_name, fields, param, code) => {
    const response = await tailor.post("/v1/responses", { model: "stylist", input: "hi", ...fields });
    expect(response.status).toBe(400);
    expect((await readJson(response)).error).toMatchObject({ param, code, type: "invalid_request_error" });
    expect(upstream.requests).toHaveLength(0);
  });
});
