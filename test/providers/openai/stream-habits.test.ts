import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../../support/scripted-upstream.ts";
import { collect, joinText } from "../contract.ts";
import { createCall } from "./create-call.ts";

let upstream: ScriptedUpstream;
let provider: Provider;
beforeEach(async () => {
  upstream = await createScriptedUpstream();
  provider = createOpenAiProvider({
    id: "upstream",
    baseUrl: upstream.baseUrl,
    licenseClass: "unknown",
    retries: { max: 0 },
  });
});
afterEach(async () => {
  await provider.close(100);
  await upstream.close();
});

const stamp = { id: "c-1", object: "chat.completion.chunk", created: 7, model: "m" };
const chunk = (delta: object, fields: object = {}, rest: object = {}) => ({
  ...stamp,
  choices: [{ index: 0, delta, finish_reason: null, ...fields }],
  ...rest,
});
const opening = chunk({ role: "assistant", content: "" });
const closing = chunk({}, { finish_reason: "stop" });
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const done = "data: [DONE]\n\n";

async function readStream(
  body: string,
  request: Partial<ChatCompletionRequest> = {},
  contentType = "text/event-stream",
) {
  upstream.play({ kind: "raw", status: 200, headers: { "content-type": contentType }, body });
  const { chunks } = await provider.stream(createCall({ stream: true, ...request }));
  return collect(chunks);
}

async function readWhole(value: object) {
  upstream.play({ kind: "raw", status: 200, body: JSON.stringify(value) });
  return (await provider.complete(createCall())).completion;
}

const hello = event(opening) + event(chunk({ content: "hi" })) + event(closing);

describe("event streams as upstreams write them", () => {
  const habits: [name: string, body: string][] = [
    ["keep-alive comments", `: ping\n\n${hello.replaceAll("data:", ": still here\n\ndata:")}${done}`],
    ["empty data", `data:\n\n${hello}data: \n\n${done}`],
    ["named pings", `event: ping\ndata: {"type":"ping"}\n\n${hello}event: ping\ndata: 1\n\n${done}`],
    ["named chunks", `${hello.replaceAll("data:", "event: completion\ndata:")}${done}`],
    ["no space behind the colon", `${hello.replaceAll("data: ", "data:")}data:[DONE]\n\n`],
    ["white space around the end mark", `${hello}data:  [DONE] \n\n`],
    ["the end mark twice", hello + done + done],
    ["chunks behind the end mark", hello + done + event(chunk({ content: "more" }))],
    ["the end mark cut off its blank line", `${hello}data: [DONE]`],
    ["no end mark", hello],
    ["ids, retry times and carriage returns", `id: 1\nretry: 100\n${hello}${done}`.replaceAll("\n", "\r")],
    [
      "an empty finish reason on every chunk",
      `${hello.replaceAll('"finish_reason":null', '"finish_reason":""')}${done}`,
    ],
    [
      "empty deltas",
      event(opening) +
        event(chunk({})) +
        event(chunk({ content: "hi" })) +
        event(chunk({ content: "" })) +
        event(closing) +
        done,
    ],
    [
      "the role on every chunk",
      `${hello.replaceAll('"delta":{', '"delta":{"role":"assistant",').replaceAll(",}", "}").replaceAll('"role":"assistant","role":"assistant"', '"role":"assistant"')}${done}`,
    ],
    [
      "an empty role",
      event(opening) +
        event(chunk({ role: "", content: "hi" })) +
        event({ ...closing, choices: [{ index: 0, delta: { role: "" }, finish_reason: "stop" }] }) +
        done,
    ],
    ["a usage chunk that has null for choices", hello + event({ ...stamp, choices: null, usage }) + done],
    [
      "nulls where nothing is",
      event(chunk({ role: "assistant", content: null, refusal: null, tool_calls: null })) +
        event(chunk({ content: "hi" })) +
        event(closing) +
        done,
    ],
  ];

  it.each(habits)("reads a stream with %s", async (_name, body) => {
    const chunks = await readStream(body);
    expect(joinText(chunks)).toBe("hi");
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(["stop"]);
  });

  it("gives all chunks the first one's id and time", async () => {
    const later = { ...chunk({ content: "hi" }), created: 8, id: "c-2" };
    const chunks = await readStream(event(opening) + event(later) + event({ ...closing, created: 9 }) + done);
    expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`))).toEqual(new Set(["c-1 7"]));
  });

  it("reads Azure's opening event, which is about the prompt and bears no stamp", async () => {
    const filter = {
      choices: [],
      created: 0,
      id: "",
      model: "",
      object: "",
      prompt_filter_results: [{ prompt_index: 0 }],
    };
    const chunks = await readStream(event(filter) + hello + done);
    expect(joinText(chunks)).toBe("hi");
    expect(chunks.every(({ id, object }) => id !== "" && object === "chat.completion.chunk")).toBe(true);
  });

  it("begins a streamed call with a text that the rest can be added to", async () => {
    const first = { index: 0, id: "call_1", type: "function", function: { name: "now" } };
    const chunks = await readStream(
      event(opening) +
        event(chunk({ content: null, tool_calls: [first] })) +
        event(chunk({ content: null, tool_calls: [{ index: 0, function: { arguments: "{}" } }] })) +
        event(chunk({}, { finish_reason: "tool_calls" })) +
        done,
    );
    const pieces = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(pieces).toEqual([
      { ...first, function: { name: "now", arguments: "" } },
      { index: 0, function: { arguments: "{}" } },
    ]);
  });

  it("calls reasoning by the name that clients look for", async () => {
    const chunks = await readStream(
      event(chunk({ role: "assistant", reasoning: "hm" })) + event(closing) + done,
    );
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ reasoning: "hm", reasoning_content: "hm" });
  });

  it.each([
    ["on the last choice's chunk", event(opening) + event({ ...closing, usage }) + done],
    [
      "on every chunk",
      event({ ...opening, usage: { ...usage, completion_tokens: 0 } }) + event({ ...closing, usage }) + done,
    ],
    [
      "on a chunk of its own",
      event(opening) + event(closing) + event({ ...stamp, choices: [], usage }) + done,
    ],
  ])(
    "puts usage that came %s behind the choices for those who asked, and away for others",
    async (_name, body) => {
      const asked = await readStream(body, { stream_options: { include_usage: true } });
      expect(asked.at(-1)).toMatchObject({ ...stamp, choices: [], usage });
      expect(asked.slice(0, -1).some((item) => item.usage)).toBe(false);
      const unasked = await readStream(body);
      expect(unasked.some((item) => "usage" in item || item.choices.length === 0)).toBe(false);
    },
  );
});

describe("streams that go wrong", () => {
  const faults: [name: string, body: string, expected: object][] = [
    [
      "an error with a status inside",
      event(opening) + event({ error: { code: 503, message: "Loading model", type: "unavailable_error" } }),
      { kind: "upstream_error" },
    ],
    [
      "an overflow told late",
      event({ error: { code: 400, message: "too long", type: "exceed_context_size_error" } }),
      { kind: "context_length_exceeded" },
    ],
    [
      "vLLM's refusal behind the headers",
      event({ error: { message: "bad", type: "BadRequestError", param: null, code: 400 } }),
      { kind: "invalid_request" },
    ],
    [
      "an error event",
      `${event(opening)}event: error\ndata: {"message":"boom"}\n\n`,
      { kind: "upstream_error", message: expect.stringContaining("boom") },
    ],
    ["an error event in an unknown form", `event: error\ndata: {"x":1}\n\n`, { kind: "upstream_error" }],
    ["an error that is one sentence", event({ error: "boom" }), { kind: "upstream_error" }],
    ["half JSON", `${event(opening)}data: {"id":"c-1","obj\n\n`, { kind: "invalid_response" }],
    ["choices of another shape", event({ ...stamp, choices: "none" }), { kind: "invalid_response" }],
    [
      "a finish reason nobody can vouch for",
      event(opening) + event(chunk({}, { finish_reason: "abort" })) + done,
      { kind: "invalid_response" },
    ],
    ["an end mark and nothing else", done, { kind: "unavailable" }],
    ["no choices at all", event({ ...stamp, choices: [] }) + done, { kind: "unavailable" }],
    ["nothing", "", { kind: "unavailable" }],
    ["comments only", ": ping\n\n", { kind: "unavailable" }],
    ["an end between two events", event(opening) + event(chunk({ content: "hi" })), { kind: "unavailable" }],
  ];

  it.each(faults)("fails at %s", async (_name, body, expected) => {
    await expect(readStream(body)).rejects.toMatchObject({ name: "ProviderError", ...expected });
  });

  it.each([
    ["events sent as plain text", hello + done, "text/plain"],
    ["lines of JSON", JSON.stringify(opening), "application/x-ndjson"],
    [
      "a whole answer",
      JSON.stringify({
        ...stamp,
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
      }),
      "application/json",
    ],
    ["a web page", "<html>", "text/html"],
  ])("fails at %s instead of a stream", async (_name, body, contentType) => {
    await expect(readStream(body, {}, contentType)).rejects.toMatchObject({ kind: "invalid_response" });
  });
});

describe("whole answers as upstreams write them", () => {
  const choice = { index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" };

  it("fills in what an upstream left out of the frame", async () => {
    const completion = await readWhole({
      choices: [{ message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
    });
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: "chat.completion",
      created: expect.any(Number),
      model: "upstream-model",
      choices: [{ index: 0 }],
    });
  });

  it.each([
    ["eos_token", "stop"],
    ["end_turn", "stop"],
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["model_length", "length"],
    ["tool_use", "tool_calls"],
    ["SAFETY", "content_filter"],
  ])("reads the finish reason %s as %s", async (said, meant) => {
    const { choices } = await readWhole({ ...stamp, choices: [{ ...choice, finish_reason: said }] });
    expect(choices[0]?.finish_reason).toBe(meant);
  });

  it("takes the answer for the assistant's where no role is told", async () => {
    const bare = { message: { content: "hi" }, finish_reason: "stop" };
    const { choices } = await readWhole({ ...stamp, choices: [bare] });
    expect(choices[0]?.message).toEqual({ role: "assistant", content: "hi" });
  });

  it("keeps fields that OpenAI does not know", async () => {
    const completion = await readWhole({
      ...stamp,
      object: "chat.completion",
      choices: [{ ...choice, stop_reason: 9 }],
      timings: { n: 1 },
    });
    expect(completion).toMatchObject({ timings: { n: 1 }, choices: [{ stop_reason: 9 }] });
  });

  it.each([
    ["an event stream", hello + done, "text/event-stream", { kind: "invalid_response" }],
    [
      "an error that is one sentence",
      '{"error":"no such thing"}',
      "application/json",
      { kind: "invalid_response", message: expect.stringContaining("no such thing") },
    ],
    [
      "an error with a status inside",
      '{"error":{"message":"m","type":"t","code":429}}',
      "application/json",
      { kind: "rate_limited" },
    ],
    ["a bare array", "[]", "application/json", { kind: "invalid_response" }],
    ["null", "null", "application/json", { kind: "invalid_response" }],
  ])("fails at %s", async (_name, body, contentType, expected) => {
    upstream.play({ kind: "raw", status: 200, headers: { "content-type": contentType }, body });
    await expect(provider.complete(createCall())).rejects.toMatchObject(expected);
  });

  it.each([
    [
      "llama-server's",
      503,
      { error: { code: 503, message: "Loading model", type: "unavailable_error" } },
      { kind: "upstream_error", code: null },
    ],
    [
      "vLLM's older",
      404,
      {
        object: "error",
        message: "The model `x` does not exist.",
        type: "NotFoundError",
        param: null,
        code: 404,
      },
      { kind: "model_not_found" },
    ],
    [
      "Azure's",
      404,
      {
        error: {
          code: "DeploymentNotFound",
          message: "The API deployment for this resource does not exist.",
        },
      },
      { kind: "model_not_found" },
    ],
    [
      "Ollama's own",
      404,
      { error: 'model "x" not found, try pulling it first' },
      { kind: "model_not_found" },
    ],
    ["FastAPI's", 422, { detail: "Field required" }, { kind: "invalid_request", message: "Field required" }],
  ])("understands %s error form", async (_name, status, body, expected) => {
    upstream.play({ kind: "raw", status, body: JSON.stringify(body) });
    await expect(provider.complete(createCall())).rejects.toMatchObject({ status, ...expected });
  });
});
