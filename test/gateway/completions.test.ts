import type OpenAI from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

let upstream: ScriptedUpstream;
let tailor: TestGateway;

beforeEach(async () => {
  upstream = await startUpstream(answerWith("and they danced"));
  tailor = await startTestGateway({ upstreams: { first: upstream.baseUrl } });
});

afterEach(async () => {
  await tailor.close();
  await upstream.close();
});

async function readRows() {
  await tailor.gateway.idle();
  await tailor.store.flush();
  return (await tailor.store.reader.listInferences({ limit: 10 })).rows;
}

test("a prompt is continued in the legacy form", async () => {
  const completion = await tailor.client.completions.create({ model: "stylist", prompt: "Once", echo: true });
  expect(completion).toMatchObject({
    object: "text_completion",
    model: "stylist",
    choices: [{ text: "Onceand they danced", index: 0, finish_reason: "stop", logprobs: null }],
    usage: { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 },
  });
  expect(completion.id).toMatch(/^cmpl-[0-9a-f]{32}$/);
  expect(upstream.requests[0]?.body).toMatchObject({
    max_tokens: 16,
    messages: [{ role: "user", content: "Once" }],
  });
  expect(upstream.requests[0]?.body).not.toHaveProperty("prompt");
  expect(await readRows()).toMatchObject([{ endpoint: "completions", status: 200 }]);
});

test("a stream is told in the legacy form, with usage when asked for", async () => {
  const stream = await tailor.client.completions.create({
    model: "stylist",
    prompt: "Once ",
    echo: true,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks: OpenAI.Completion[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  expect(chunks.map(({ choices }) => choices[0]?.text ?? "").join("")).toBe("Once and they danced");
  expect(new Set(chunks.map(({ id, object }) => `${id} ${object}`)).size).toBe(1);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 14 } });
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
});

test("several prompts are several inferences in one answer", async () => {
  upstream.setDefault(({ messages }) => answerWith(JSON.stringify(messages)));
  const body = { model: "stylist", prompt: ["one", "two"], n: 2 };
  const answer = await readJson(await tailor.post("/v1/completions", body));
  expect(answer.choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3]);
  expect(answer.choices[2].text).toContain("two");
  expect(answer.usage.prompt_tokens).toBe(22);
  expect(await readRows()).toHaveLength(2);
});

test("one prompt that fails fails the request, and every inference is logged", async () => {
  upstream.play(answerWith("fine"), { kind: "raw", status: 400, body: '{"error":{"message":"no"}}' });
  const response = await tailor.post("/v1/completions", { model: "stylist", prompt: ["one", "two"] });
  expect(response.status).toBe(400);
  expect(await readRows()).toHaveLength(2);
});

test("token probabilities come in the legacy form", async () => {
  const token = (text: string, logprob: number) => ({ token: text, logprob, bytes: null });
  const content = [
    { ...token("and", -0.1), top_logprobs: [token("and", -0.1)] },
    { ...token(" so", -0.2), top_logprobs: [] },
  ];
  upstream.setDefault({ kind: "answer", content: "and so", logprobs: { content, refusal: null } });
  const completion = await tailor.client.completions.create({ model: "stylist", prompt: "x", logprobs: 1 });
  expect(upstream.requests[0]?.body).toMatchObject({ logprobs: true, top_logprobs: 1 });
  expect(completion.choices[0]?.logprobs).toEqual({
    tokens: ["and", " so"],
    token_logprobs: [-0.1, -0.2],
    top_logprobs: [{ and: -0.1 }, {}],
    text_offset: [0, 3],
  });
});

test.each([
  ["token ids", { prompt: [1, 2] }, "prompt"],
  ["a suffix", { suffix: "end" }, "suffix"],
  ["the best of more", { best_of: 3 }, "best_of"],
  ["several prompts in a stream", { prompt: ["a", "b"], stream: true }, "prompt"],
])("%s are refused by name", async (_name, fields, param) => {
  const response = await tailor.post("/v1/completions", { model: "stylist", prompt: "x", ...fields });
  expect(response.status).toBe(400);
  expect((await readJson(response)).error.param).toMatch(new RegExp(`^${param}`));
});
