import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./support/test-gateway.ts";

type Write = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

let write: Write;
let server: Server;
let tailor: TestGateway;

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    void write(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  tailor = await startTestGateway({
    upstreams: { first: `http://127.0.0.1:${port}/v1` },
    route: { timeoutMs: 60_000 },
    settings: { keepAliveMs: 20 },
  });
});

afterEach(async () => {
  server.closeAllConnections();
  await tailor.close();
  await new Promise((resolve) => server.close(resolve));
});

const body = {
  model: "stylist",
  stream: true as const,
  messages: [{ role: "user" as const, content: "hi" }],
};

function encode(choices: object[], fields: object = {}): string {
  const value = {
    id: "chatcmpl-up",
    object: "chat.completion.chunk",
    created: 7,
    model: "m",
    choices,
    ...fields,
  };
  return `data: ${JSON.stringify(value)}\n\n`;
}

const say = (content: string, fields: object = {}) => encode([{ index: 0, delta: { content }, ...fields }]);
const END = `${encode([{ index: 0, delta: {}, finish_reason: "stop" }])}data: [DONE]\n\n`;
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

async function readChunks(fields: object = {}) {
  const response = await tailor.post("/v1/chat/completions", { ...body, ...fields });
  const blocks = (await response.text()).trim().split("\n\n");
  return {
    last: blocks.at(-1),
    chunks: blocks.filter((block) => block.startsWith("data: {")).map((block) => JSON.parse(block.slice(6))),
  };
}

describe("the chunks", () => {
  test("begin with a role for every choice, whatever the upstream sends", async () => {
    write = (response) => {
      response.write(encode([{ index: 0, delta: { content: "a" } }]));
      response.write(encode([{ index: 1, delta: { content: "b" } }], { created: 8 }));
      response.write(encode([{ index: 1, delta: {}, finish_reason: "length" }]));
      response.end(END);
    };
    const { chunks, last } = await readChunks({ n: 2 });
    for (const index of [0, 1]) {
      const own = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
      expect(own[0]).toEqual({
        index,
        delta: { role: "assistant", content: "" },
        logprobs: null,
        finish_reason: null,
      });
    }
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
    expect(last).toBe("data: [DONE]");
  });

  test("carry usage null, and usage on one of its own at the end, however the upstream sends it", async () => {
    write = (response) => {
      response.write(say("a"));
      response.write(encode([{ index: 0, delta: {}, finish_reason: "stop" }], { usage }));
      response.end("data: [DONE]\n\n");
    };
    const { chunks } = await readChunks({ stream_options: { include_usage: true } });
    expect(chunks.map((chunk) => chunk.usage)).toEqual([...Array(chunks.length - 1).fill(null), usage]);
    expect(chunks.at(-1).choices).toEqual([]);
    expect(chunks.at(-2).choices[0].finish_reason).toBe("stop");
  });

  test("leave one by one, before the upstream is done", async () => {
    let goOn = () => {};
    write = async (response) => {
      response.write(say("first"));
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      response.end(say("second") + END);
    };
    const stream = await tailor.client.chat.completions.create(body);
    const contents: string[] = [];
    for await (const { choices } of stream) {
      const content = choices[0]?.delta.content;
      if (content) contents.push(content);
      // The rest comes only once this one has been read.
      if (content === "first") goOn();
    }
    expect(contents).toEqual(["first", "second"]);
  });
});

test("a quiet stream gets comments, which clients skip", async () => {
  let goOn = () => {};
  write = async (response) => {
    response.write(say("before"));
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    response.end(say("after") + END);
  };
  const response = await tailor.post("/v1/chat/completions", body);
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if ((text.match(/^: keep-alive$/gm) ?? []).length >= 3) goOn();
  }
  expect(text).toContain("after");
  const stream = await tailor.client.chat.completions.create(body);
  setTimeout(() => goOn(), 100);
  const contents: string[] = [];
  for await (const { choices } of stream) contents.push(choices[0]?.delta.content ?? "");
  expect(contents.join("")).toBe("beforeafter");
});

describe("a stream that has not begun in time", () => {
  /** Says nothing, not even a role, until as many comments went out. */
  async function readLate(comments: number, fields: object = {}) {
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    write = async (response, request) => {
      await goOn;
      await answerLate(response, request);
    };
    const response = await tailor.post("/v1/chat/completions", { ...body, ...fields });
    let text = "";
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      if ((text.match(/^: keep-alive$/gm) ?? []).length >= comments) resolve();
    }
    return { response, text };
  }
  let answerLate: Write;

  async function readRow() {
    await tailor.gateway.idle();
    await tailor.store.flush();
    return (await tailor.store.reader.listInferences({ limit: 1 })).rows[0];
  }

  test("begins with comments, and goes on like every other", async () => {
    answerLate = (response) => void response.end(say("late") + END);
    const { response, text } = await readLate(3);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "x-tailor-route": "stylist",
      "x-request-id": expect.any(String),
    });
    // Nobody knew yet.
    expect(response.headers.get("x-tailor-target")).toBeNull();
    expect(text).toMatch(/^: keep-alive\n\n/);
    expect(text).toContain('"delta":{"content":"late"}');
    expect(text.trim().endsWith("data: [DONE]")).toBe(true);
    expect(await readRow()).toMatchObject({ status: 200, target: "first" });
  });

  test("begins with comments also while an answer is held back to be checked", async () => {
    answerLate = (response) => void response.end(say("{}") + END);
    const { text } = await readLate(3, { response_format: { type: "json_object" } });
    expect(text.trim().endsWith("data: [DONE]")).toBe(true);
  });

  test("ends with an error event when nobody answers, and the log has its status", async () => {
    answerLate = (response) => void response.destroy();
    const { response, text } = await readLate(2);
    expect(response.status).toBe(200);
    const events = text.split("\n\n").filter((event) => event.startsWith("data: "));
    expect(events).toHaveLength(1);
    expect(JSON.parse(events[0]?.slice(6) ?? "").error).toMatchObject({ code: "unavailable" });
    expect(await readRow()).toMatchObject({ status: 503, target: null, errorCode: "unavailable" });
    write = async (upstream) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      upstream.destroy();
    };
    const stream = await tailor.client.chat.completions.create(body);
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  test("is left by the upstream when the client leaves", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    write = (response) => {
      response.on("close", resolve);
    };
    const controller = new AbortController();
    const response = await fetch(`${tailor.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    expect(response.status).toBe(200);
    controller.abort();
    await closed;
    await expect.poll(readRow).toMatchObject({ status: 499, errorCode: "client_gone" });
  });
});

test("a client that does not read holds the upstream back, and loses nothing", async () => {
  const piece = "x".repeat(64 * 1024);
  const pieces = 600;
  let written = 0;
  write = async (response) => {
    for (let index = 0; index < pieces; index += 1) {
      const isRoom = response.write(say(piece));
      written += 1;
      if (!isRoom) await new Promise((resolve) => response.once("drain", resolve));
    }
    response.end(END);
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(`${tailor.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    request.on("response", resolve).on("error", reject).end(JSON.stringify(body));
  });
  response.pause();
  let before = -1;
  await expect
    .poll(
      () => {
        const isStill = written > 0 && written === before;
        before = written;
        return isStill;
      },
      { interval: 500, timeout: 20_000 },
    )
    .toBe(true);
  expect(written).toBeLessThan(pieces);
  let text = "";
  response.setEncoding("utf8");
  for await (const part of response) text += part;
  expect(text.split(piece)).toHaveLength(pieces + 1);
  expect(text.trim().endsWith("data: [DONE]")).toBe(true);
});

describe("a client that leaves", () => {
  test("takes the upstream call with it at once", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<number>();
    write = (response) => {
      response.on("close", () => resolve(performance.now()));
      response.write(say("a"));
    };
    const stream = await tailor.client.chat.completions.create(body);
    for await (const _chunk of stream) break;
    const leftAt = performance.now();
    // Far more than it takes, far less than any of the time limits.
    expect((await closed) - leftAt).toBeLessThan(5000);
  });
});

describe("an upstream that ends badly", () => {
  test.each([
    ["without a finish reason", (response: ServerResponse) => response.end(say("half"))],
    ["by a reset", (response: ServerResponse) => response.write(say("half"), () => response.destroy())],
    [
      "with an error",
      (response: ServerResponse) => response.end(`${say("half")}data: {"error":{"message":"x"}}\n\n`),
    ],
    ["with nonsense", (response: ServerResponse) => response.end(`${say("half")}data: {"half\n\n`)],
  ])("%s never looks like a finished answer", async (_name, end) => {
    write = (response) => {
      end(response);
    };
    const { chunks, last } = await readChunks();
    expect(last).not.toBe("data: [DONE]");
    expect(chunks.at(-1).error).toMatchObject({ type: "server_error", message: expect.any(String) });
    expect(
      chunks.flatMap(({ choices = [] }) =>
        choices.map((choice: { finish_reason: unknown }) => choice.finish_reason),
      ),
    ).not.toContain("stop");
    const stream = await tailor.client.chat.completions.create(body);
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});
