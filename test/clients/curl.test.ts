import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UPSTREAM_TEXT } from "./support/play-clients.ts";
import { type ClientGateway, MODELS, startClientGateway } from "./support/start-client-gateway.ts";

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

  test("reads the models", async () => {
    const { text } = await curl("/models");
    expect(JSON.parse(text)).toMatchObject({ object: "list" });
  });
});
