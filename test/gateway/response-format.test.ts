import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAnswerFormats } from "../../src/gateway/answer-format.ts";
import { createSchemaCompiler } from "../../src/json-schema/compiler/schema-compiler.ts";
import { createOpenAiProvider } from "../../src/providers/openai/create-openai-provider.ts";
import type { ProviderCall } from "../../src/providers/provider.ts";
import { ProviderError } from "../../src/providers/provider-error.ts";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { readStream } from "./support/read-stream.ts";
import {
  readJson,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

const schema = {
  type: "object",
  properties: { colour: { type: "string" }, price: { type: "number" } },
  required: ["colour", "price"],
  additionalProperties: false,
};
const response_format = {
  type: "json_schema",
  json_schema: { name: "garment", strict: true, schema },
} as const;
const messages = [{ role: "user", content: "a garment" }] satisfies OpenAI.ChatCompletionMessageParam[];
const request = { model: "stylist", messages, response_format };
const GOOD = '{"colour":"red","price":20}';
const BAD = '{"colour":"red","price":"twenty"}';

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let tailor: TestGateway;

async function start(route: object = {}, deps: TestGatewayOptions["deps"] = {}): Promise<void> {
  tailor = await startTestGateway({
    upstreams: { first: first.baseUrl, second: second.baseUrl },
    route,
    deps,
  });
}

beforeEach(async () => {
  first = await startUpstream(answerWith(GOOD));
  second = await startUpstream(answerWith(GOOD));
});

afterEach(async () => {
  await tailor.close();
  await Promise.all([first.close(), second.close()]);
});

async function ask(fields: object = {}) {
  const response = await tailor.post("/v1/chat/completions", { ...request, ...fields });
  return { response, text: await response.text() };
}

async function readRow() {
  await tailor.gateway.idle();
  await tailor.store.flush();
  const { rows } = await tailor.store.reader.listInferences({ limit: 1 });
  const pair = await tailor.store.reader.readInference(rows[0]?.id ?? "");
  if (pair === null) throw new Error("the row is not there");
  return pair.inference;
}

describe("a faulty answer", () => {
  beforeEach(() => start());

  test("whose JSON has slips only is mended, without asking again", async () => {
    first.setDefault(answerWith("```json\n{'colour': 'red', price: 20,}\n```"));
    const { text, response } = await ask();
    expect(JSON.parse(JSON.parse(text).choices[0].message.content)).toEqual(JSON.parse(GOOD));
    expect(first.requests).toHaveLength(1);
    expect(response.headers.get("x-tailor-fallback")).toBeNull();
  });

  test("goes back once with what is wrong with it", async () => {
    first.play(answerWith(BAD));
    const { text, response } = await ask();
    expect(JSON.parse(text).choices[0].message.content).toBe(GOOD);
    expect(response.headers.get("x-tailor-target")).toBe("first");
    expect(first.requests).toHaveLength(2);
    expect(first.requests[1]?.body?.messages).toMatchObject([
      messages[0],
      { role: "assistant", content: BAD },
      { role: "user", content: expect.stringMatching(/not in the asked form \(\/price .*\)/) },
    ]);
    expect(first.requests[1]?.body?.response_format).toEqual(response_format);
    expect((await readRow()).attempts.map(({ target, errorKind }) => [target, errorKind])).toEqual([
      ["first", "invalid_response"],
      ["first", null],
    ]);
  });

  test.each([false, true])("twice is left for the next target, streaming: %s", async (stream) => {
    first.setDefault(answerWith(BAD));
    const { text, response } = await ask({ stream });
    expect(response.status).toBe(200);
    expect(stream ? readStream(text).content : JSON.parse(text).choices[0].message.content).toBe(GOOD);
    expect(response.headers.get("x-tailor-fallback")).toBe("first:invalid_response");
    expect([first.requests.length, second.requests.length]).toEqual([2, 1]);
    expect(await readRow()).toMatchObject({ target: "second", fallbackReason: "first:invalid_response" });
  });

  test.each([false, true])("from every target is a 502, never a 200, streaming: %s", async (stream) => {
    first.setDefault(answerWith(BAD));
    second.setDefault(answerWith("I would rather not say."));
    const { text, response } = await ask({ stream });
    expect(response.status).toBe(502);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(JSON.parse(text)).toEqual({
      error: {
        message: "No target gave an answer in the asked format.",
        type: "server_error",
        param: null,
        code: "invalid_response",
      },
    });
    expect(await readRow()).toMatchObject({ status: 502, errorCode: "invalid_response", target: null });
  });

  test("mended in a stream is streamed as mended", async () => {
    first.setDefault(answerWith(`Here you are: ${GOOD.slice(0, -1)},}`.replace("Here you are: ", "")));
    const { text } = await ask({ stream: true });
    const { content, isDone, ends } = readStream(text);
    expect(JSON.parse(content)).toEqual(JSON.parse(GOOD));
    expect([isDone, ends]).toEqual([true, ["stop"]]);
  });

  test("that a provider finds for itself goes back once too", async () => {
    const provider = createOpenAiProvider({ id: "first", baseUrl: first.baseUrl, licenseClass: "unknown" });
    const asked: ProviderCall[] = [];
    await using picky = await startTestGateway({
      providers: [
        {
          ...provider,
          kind: "llama-cpp",
          complete: async (call) => {
            asked.push(call);
            if (asked.length > 1) return provider.complete(call);
            throw new ProviderError("No match.", { kind: "invalid_response", code: "schema_mismatch" });
          },
        },
      ],
    });
    const response = await picky.post("/v1/chat/completions", request);
    expect([response.status, response.headers.get("x-tailor-fallback")]).toEqual([200, null]);
    expect(asked.map(({ request: { messages: sent } }) => sent.length)).toEqual([1, 2]);
  });

  test("of several choices makes the whole answer faulty", async () => {
    first.setDefault(answerWith(BAD));
    expect((await ask({ n: 2 })).response.headers.get("x-tailor-fallback")).toBe("first:invalid_response");
  });
});

describe("a cut or refused answer", () => {
  beforeEach(() => start());

  test.each([false, true])("is passed on as it is, streaming: %s", async (stream) => {
    first.setDefault(answerWith('{"colour":"re', { finishReason: "length" }));
    const { text, response } = await ask({ stream });
    expect(response.status).toBe(200);
    expect(text).toContain('"finish_reason":"length"');
    expect([first.requests.length, second.requests.length]).toEqual([1, 0]);
  });

  test("of a model that refuses keeps its refusal", async () => {
    const refusal = { role: "assistant", content: null, refusal: "I cannot help with that." };
    const choices = [{ index: 0, message: refusal, finish_reason: "stop", logprobs: null }];
    const value = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices };
    first.setDefault({ kind: "raw", status: 200, body: JSON.stringify(value) });
    expect(JSON.parse((await ask()).text).choices[0].message).toMatchObject(refusal);
  });
});

describe("a route that validates after streaming", () => {
  beforeEach(() => start({ streamValidation: "after" }));

  test("sends a good answer as it comes, to its end", async () => {
    const { content, isDone } = readStream((await ask({ stream: true })).text);
    expect([JSON.parse(content), isDone]).toEqual([JSON.parse(GOOD), true]);
  });

  test("ends a faulty one with an error instead of a finish reason", async () => {
    first.setDefault(answerWith(BAD));
    const { content, ends, isDone, error } = readStream((await ask({ stream: true })).text);
    expect(content).toBe(BAD);
    expect([ends, isDone]).toEqual([[], false]);
    expect(error).toMatchObject({ code: "invalid_response" });
    expect([first.requests.length, second.requests.length]).toEqual([1, 0]);
    expect(await readRow()).toMatchObject({ status: 502, errorCode: "invalid_response" });
    const stream = await tailor.client.chat.completions.create({ ...request, stream: true });
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  test("still holds whole answers to the schema", async () => {
    first.setDefault(answerWith(BAD));
    expect((await ask()).response.headers.get("x-tailor-target")).toBe("second");
  });
});

describe("a strict schema against OpenAI's rules", () => {
  beforeEach(() => start());

  const { additionalProperties: _, ...open } = schema;

  test("is refused in OpenAI's words before any target is asked", async () => {
    const format = { type: "json_schema", json_schema: { name: "garment", strict: true, schema: open } };
    const response = await tailor.post("/v1/chat/completions", { ...request, response_format: format });
    expect(response.status).toBe(400);
    expect(await readJson(response)).toEqual({
      error: {
        message:
          "Invalid schema for response_format 'garment': In context=(), 'additionalProperties' is required to be supplied and to be false.",
        type: "invalid_request_error",
        param: "response_format",
        code: null,
      },
    });
    expect(first.requests).toHaveLength(0);
  });

  test("is taken without strict", async () => {
    const format = { type: "json_schema", json_schema: { name: "garment", schema: open } };
    expect((await ask({ response_format: format })).response.status).toBe(200);
  });

  test("of a tool is held to them too", async () => {
    const tool = { type: "function", function: { name: "look", strict: true, parameters: open } };
    const { response, text } = await ask({ tools: [tool] });
    expect(response.status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({
      message: expect.stringMatching(/^Invalid schema for function 'look': In context=\(\), /),
      param: "tools[0].function.parameters",
      code: "invalid_function_parameters",
    });
  });
});

describe("a schema that comes while too many others are being compiled", () => {
  test.each([false, true])("is a 429 that says when to ask again, streaming: %s", async (stream) => {
    await start({}, { formats: createAnswerFormats(createSchemaCompiler({ maxWaiting: 0 })) });
    const { response, text } = await ask({ stream });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(JSON.parse(text)).toEqual({
      error: {
        message: "Too many schemas are being compiled. Try again later.",
        type: "rate_limit_error",
        param: null,
        code: "overloaded",
      },
    });
    expect(first.requests).toHaveLength(0);
  });
});
