import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UPSTREAM_TEXT } from "./support/play-clients.ts";
import {
  type ClientGateway,
  EMBEDDING_MODEL,
  MODELS,
  startClientGateway,
} from "./support/start-client-gateway.ts";

const run = promisify(execFile);

let served: ClientGateway;

beforeAll(async () => {
  served = await startClientGateway();
});
afterAll(() => served.close());

async function curl(path: string, ...options: string[]) {
  const { stdout } = await run("curl", [
    "--silent",
    "--show-error",
    "--write-out",
    "\n%{http_code}",
    ...options,
    `${served.baseURL}${path}`,
  ]);
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) };
}

const json = (value: unknown) => [
  "--header",
  "content-type: application/json",
  "--header",
  "authorization: Bearer sk-any",
  "--data",
  JSON.stringify(value),
];
const messages = [{ role: "user", content: "Say something." }];

describe.each(MODELS)("curl against %s", (model) => {
  const isUpstream = model === "upstream-model";

  test("gets an answer", async () => {
    const { status, text } = await curl("/chat/completions", ...json({ model, messages, max_tokens: 8 }));
    expect(status).toBe(200);
    const { choices } = JSON.parse(text);
    expect(choices[0].message.content).toBeTypeOf("string");
    if (isUpstream) expect(choices[0].message.content).toBe(UPSTREAM_TEXT);
  });

  test("gets a stream", async () => {
    const body = { model, messages, max_tokens: 8, stream: true };
    const { text } = await curl("/chat/completions", "--no-buffer", ...json(body));
    const lines = text.split("\n").filter((line) => line !== "");
    for (const line of lines) expect(line).toMatch(/^data: |^: /);
    expect(lines.at(-1)).toBe("data: [DONE]");
  });

  test("gets a response, and a text of the legacy interface", async () => {
    const response = await curl("/responses", ...json({ model, input: "Hi", max_output_tokens: 8 }));
    expect(JSON.parse(response.text)).toMatchObject({ object: "response", model });
    const completion = await curl("/completions", ...json({ model, prompt: "Hi", max_tokens: 8 }));
    expect(JSON.parse(completion.text)).toMatchObject({ object: "text_completion", model });
  });
});

describe("curl", () => {
  test.each([
    ["without a content type that is JSON", ["--data", "{}"], 415],
    ["with half a body", ["--header", "content-type: application/json", "--data", '{"model":'], 400],
    ["with no body at all", ["--request", "POST"], 400],
    ["with the wrong method", [], 405],
  ])("%s gets the envelope", async (_name, options, status) => {
    const answer = await curl("/chat/completions", ...options);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error).toMatchObject({ type: "invalid_request_error" });
  });

  test("gets an embedding of a local model, and a clear no to what makes none", async () => {
    const { status, text } = await curl(
      "/embeddings",
      ...json({ model: EMBEDDING_MODEL, input: "hello world" }),
    );
    expect(status).toBe(200);
    const { data, usage } = JSON.parse(text);
    expect(data).toMatchObject([{ object: "embedding", index: 0 }]);
    expect(Math.hypot(...data[0].embedding)).toBeCloseTo(1, 6);
    expect(usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    for (const [body, param] of [
      [{ input: "" }, "input"],
      [{ input: ["hello", ""] }, "input[1]"],
      [{ input: [] }, "input"],
      [{ input: "hello", dimensions: 7 }, "dimensions"],
      [{ input: "hello", model: "local-model" }, "model"],
    ] as const) {
      const answer = await curl("/embeddings", ...json({ model: EMBEDDING_MODEL, ...body }));
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text).error).toMatchObject({ type: "invalid_request_error", param });
    }
  });

  test("reads the models", async () => {
    const { text } = await curl("/models");
    expect(JSON.parse(text)).toMatchObject({ object: "list" });
  });
});
