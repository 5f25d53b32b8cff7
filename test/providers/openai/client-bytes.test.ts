import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { parseChatRequest } from "../../../src/protocol/parse-chat-request.ts";
import { createOpenAiProvider } from "../../../src/providers/openai/create-openai-provider.ts";
import type { DialectName } from "../../../src/providers/openai/dialects/dialect.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../../support/scripted-upstream.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await createScriptedUpstream();
});
afterEach(() => upstream.close());

const text = `{ "seed": 12345678901234567890, "temperature":1.0,
  "zebra": {"b":1e2, "a":"\\u00e9\\/", "2":0, "1":-0.0},
  "messages": [ {"content":"h\\u0069","role":"user"} ],
  "model" : "client-name" , "metadata":{"k":"v"} }`;

/** What reaches the upstream; \`change\` stands for what the gateway does to the parsed request. */
async function send(
  options: {
    dialect?: DialectName;
    change?: (request: ChatCompletionRequest) => ChatCompletionRequest;
    body?: string;
  } = {},
): Promise<string> {
  const { dialect, change = (request) => request, body = text } = options;
  const request = parseChatRequest(JSON.parse(body));
  const provider = createOpenAiProvider({
    id: "u",
    baseUrl: upstream.baseUrl,
    dialect,
    licenseClass: "unknown",
  });
  const sent = change(request);
  const call = createCall({}, { request: sent, clientBody: { text: body, request } });
  if (sent.stream === true) await collect((await provider.stream(call)).chunks);
  else await provider.complete(call);
  await provider.close(100);
  return upstream.requests.at(-1)?.text ?? "";
}

describe("the client's bytes", () => {
  it("reach the upstream with nothing but the model's name replaced", async () => {
    expect(await send()).toBe(text.replace('"client-name"', '"upstream-model"'));
  });

  it("survive the gateway's own wishes for the stream", async () => {
    const change = (request: ChatCompletionRequest) => ({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const tail = ',"stream":true,"stream_options":{"include_usage":true}}';
    const expected = text.replace('"client-name"', '"upstream-model"').replace(/ }$/, ` ${tail}`);
    expect(await send({ change })).toBe(expected);
  });

  it("survive a change of the messages everywhere else", async () => {
    const change = (request: ChatCompletionRequest): ChatCompletionRequest => ({
      ...request,
      messages: [{ role: "user", content: "other" }],
    });
    const sent = await send({ change });
    expect(sent).toContain('"messages": [{"role":"user","content":"other"}],');
    expect(sent).toContain('"seed": 12345678901234567890, "temperature":1.0,');
    expect(sent).toContain('"zebra": {"b":1e2, "a":"\\u00e9\\/", "2":0, "1":-0.0}');
  });

  it("survive a dialect's rules where these change nothing", async () => {
    expect(await send({ dialect: "generic" })).toBe(text.replace('"client-name"', '"upstream-model"'));
  });

  it("lose stream options that go with no stream, and what belongs to Tailor alone stays out", async () => {
    const body =
      '{"stream":true,"tailor_x":1,"stream_options":{"include_usage":true},"model":"m","messages":[{"role":"user","content":"a"}]}';
    const change = (request: ChatCompletionRequest) => ({ ...request, stream: false });
    expect(await send({ body, change })).toBe(
      '{"stream":false,"model":"upstream-model","messages":[{"role":"user","content":"a"}]}',
    );
  });

  it("say a thing once where the client said it twice", async () => {
    const body = '{"model":"a","messages":[],"model":"b","messages":[{"role":"user","content":"a"}]}';
    expect(await send({ body })).toBe(
      '{"model":"upstream-model","messages":[{"role":"user","content":"a"}]}',
    );
  });
});
