import { afterEach, beforeEach, expect, test } from "vitest";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import type { UpstreamScript } from "../support/upstream-script.ts";
import { startTestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

const STAMP = { id: "chatcmpl-1", created: 1_700_000_000, model: "m" };
const CALL = {
  id: "call_1",
  type: "function",
  function: { name: "write", arguments: '{"to":"anna.muster@example.com"}' },
};
const STORED_CALL = { ...CALL, function: { name: "write", arguments: '{"to":"[email]"}' } };

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await startUpstream(answerWith("one text"));
});
afterEach(() => upstream.close());

const whole = (choices: readonly object[]): UpstreamScript => ({
  kind: "raw",
  status: 200,
  body: JSON.stringify({ ...STAMP, object: "chat.completion", choices }),
});

const streamed = (choices: readonly object[]): UpstreamScript => ({
  kind: "raw",
  status: 200,
  headers: { "content-type": "text/event-stream" },
  body: [
    ...choices.map((choice) =>
      JSON.stringify({ ...STAMP, object: "chat.completion.chunk", choices: [choice] }),
    ),
    "[DONE]",
  ]
    .map((data) => `data: ${data}\n\n`)
    .join(""),
});

/** What a request leaves in the log. */
async function storeBody(script: UpstreamScript, fields: object = {}) {
  upstream.setDefault(script);
  await using tailor = await startTestGateway({ upstreams: { first: upstream.baseUrl } });
  const messages = [{ role: "user", content: "hello" }];
  const answer = await tailor.post("/v1/chat/completions", { model: "stylist", messages, ...fields });
  await answer.text();
  await tailor.gateway.idle();
  await tailor.store.flush();
  const { rows } = await tailor.store.reader.listInferences({ limit: 1 });
  const pair = await tailor.store.reader.readInference(rows[0]?.id ?? "");
  return pair?.inference.body;
}

test("a tool call is kept, redacted like a text", async () => {
  const message = { role: "assistant", content: null, tool_calls: [CALL] };
  const body = await storeBody(whole([{ index: 0, message, finish_reason: "tool_calls" }]));
  const choices = [
    { index: 0, message: { ...message, tool_calls: [STORED_CALL] }, finish_reason: "tool_calls" },
  ];
  expect(body).toMatchObject({ answer: null, choices });
});

test("every one of several choices is kept", async () => {
  const choices = ["one", "two"].map((content, index) => ({
    index,
    message: { role: "assistant", content },
    finish_reason: "stop",
    logprobs: null,
  }));
  const body = await storeBody(whole(choices), { n: 2 });
  expect(body).toMatchObject({ answer: "one", choices: choices.map(({ logprobs: _, ...choice }) => choice) });
});

test("a refusal is kept", async () => {
  const message = { role: "assistant", content: null, refusal: "I cannot." };
  const body = await storeBody(whole([{ index: 0, message, finish_reason: "stop" }]));
  expect(body).toMatchObject({ answer: null, choices: [{ message: { refusal: "I cannot." } }] });
});

test("what is streamed beside or behind a text is kept with it", async () => {
  const piece = (delta: object, finish: string | null = null) => ({ index: 0, delta, finish_reason: finish });
  const { function: called, ...head } = CALL;
  const script = streamed([
    piece({ role: "assistant", content: "Let me " }),
    piece({ content: "see." }),
    piece({ tool_calls: [{ index: 0, ...head, function: { ...called, arguments: '{"to":"anna.' } }] }),
    piece({ tool_calls: [{ index: 0, function: { arguments: 'muster@example.com"}' } }] }),
    piece({}, "tool_calls"),
  ]);
  const body = await storeBody(script, { stream: true });
  expect(body).toMatchObject({
    answer: "Let me see.",
    choices: [
      { message: { content: "Let me see.", tool_calls: [STORED_CALL] }, finish_reason: "tool_calls" },
    ],
  });
});

test.each([false, true])("one text is kept once (streamed: %s)", async (stream) => {
  const body = await storeBody(answerWith("one text"), { stream });
  expect(body).toMatchObject({ answer: "one text" });
  expect(body).not.toHaveProperty("choices");
});
