import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { readStream } from "./support/read-stream.ts";
import { startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

const schema = {
  type: "object",
  properties: { colour: { type: "string" }, price: { type: "number" } },
  required: ["colour", "price"],
  additionalProperties: false,
};
const request = {
  model: "stylist",
  messages: [{ role: "user", content: "a garment" }],
  response_format: { type: "json_schema", json_schema: { name: "garment", strict: true, schema } },
};
const CUT = '{"colour":"red",';

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let tailor: TestGateway;

async function start(route: object = {}): Promise<void> {
  tailor = await startTestGateway({ upstreams: { first: first.baseUrl, second: second.baseUrl }, route });
}

beforeEach(async () => {
  first = await startUpstream(answerWith(CUT));
  second = await startUpstream(answerWith('{"colour":"red","price":20}'));
});

afterEach(async () => {
  await tailor.close();
  await Promise.all([first.close(), second.close()]);
});

async function ask(fields: object) {
  const response = await tailor.post("/v1/chat/completions", { ...request, ...fields });
  return { response, text: await response.text() };
}

describe("an answer that a stop text cuts", () => {
  const cases = ["buffer", "after"].flatMap((streamValidation) =>
    [false, true].map((stream) => ({ streamValidation, stream })),
  );

  test.each(cases)("is passed on as it is, $streamValidation, streaming: $stream", async (how) => {
    await start({ streamValidation: how.streamValidation });
    const { text, response } = await ask({ stream: how.stream, stop: ['"price"'] });
    expect(response.status).toBe(200);
    if (how.stream) expect(readStream(text)).toMatchObject({ content: CUT, ends: ["stop"], isDone: true });
    else
      expect(JSON.parse(text).choices[0]).toMatchObject({ message: { content: CUT }, finish_reason: "stop" });
    expect([first.requests.length, second.requests.length]).toEqual([1, 0]);
  });

  test("gets nothing that the model never wrote", async () => {
    await start();
    first.setDefault(answerWith('{"looks"'));
    const { text } = await ask({ response_format: { type: "json_object" }, stop: ":" });
    expect(JSON.parse(text).choices[0].message.content).toBe('{"looks"');
  });

  test.each([[null], [""], [[]]])("is no excuse where the request names none: %j", async (stop) => {
    await start();
    expect((await ask({ stop })).response.headers.get("x-tailor-fallback")).toBe("first:invalid_response");
  });

  test("is no excuse for a whole answer", async () => {
    await start();
    first.setDefault(answerWith('{"colour":"red","price":"twenty"}'));
    const { response } = await ask({ stop: ["never written"] });
    expect(response.headers.get("x-tailor-fallback")).toBe("first:invalid_response");
  });
});
