import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createStylistDomain } from "../../src/config/stylist-domain.ts";
import { createAnswerFormats } from "../../src/gateway/answer-format.ts";
import type { LlamaCppProvider } from "../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { checkAnswer } from "../../src/style/checks/check-answer.ts";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import { recogniseRequest } from "../../src/style/recognise-request.ts";
import { createBackendRequest, createPlanFormat } from "../support/backend-request.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { createTinyProvider } from "../support/tiny-engine.ts";
import { startTestGateway, type TestGateway } from "./support/test-gateway.ts";

const lexicon = loadLexicon("data/style");
/** An engine process on a busy machine takes its time. */
const PATIENCE_MS = 120_000;

let upstream: ScriptedUpstream;
let local: LlamaCppProvider;
let tailor: TestGateway;

const targets = [
  { id: "local", provider: "local", model: "default", percent: 100 },
  { id: "upstream", provider: "upstream", model: "upstream-model", percent: 0 },
];

async function start(options: { fallback: string[]; maxWaiting?: number }) {
  upstream = await createScriptedUpstream();
  const formats = createAnswerFormats();
  const { maxWaiting = 8, fallback } = options;
  local = createTinyProvider({ maxWaiting, sequences: 1 });
  tailor = await startTestGateway({
    upstreams: { upstream: upstream.baseUrl },
    providers: [local],
    route: { targets, fallback, timeoutMs: 60_000 },
    deps: { formats, domain: createStylistDomain({ lexicon, formats }) },
  });
  await vi.waitFor(() => expect(local.health().state).toBe("ready"), { timeout: PATIENCE_MS, interval: 50 });
}

async function stop(): Promise<void> {
  await tailor.close();
  await upstream.close();
}

describe("the local model", () => {
  beforeAll(() => start({ fallback: [] }), PATIENCE_MS);
  afterAll(stop);

  test("the backend's own request, picture and all, is answered by the local model with a plan that passes", {
    timeout: PATIENCE_MS,
  }, async () => {
    const request = createBackendRequest();
    const { data, response } = await tailor.client.chat.completions.create(request).withResponse();
    expect(response.headers.get("x-tailor-target")).toBe("local");
    expect(response.headers.get("x-tailor-dropped")).toBe("image_url");
    const brief = recogniseRequest(request, lexicon);
    if (brief === null) throw new Error("the backend's request is not recognised");
    const failed = checkAnswer(data.choices[0]?.message.content ?? "", brief, lexicon).filter(
      ({ ok }) => !ok,
    );
    expect(failed).toEqual([]);
    await tailor.gateway.idle();
    await tailor.store.flush();
    const { rows } = await tailor.store.reader.listInferences({ limit: 1 });
    expect(rows[0]).toMatchObject({
      target: "local",
      dropped: ["image_url"],
      verdicts: { schema: "pass" },
      decoding: "tightened",
      promptVersion: expect.stringContaining("constraint"),
    });
  });

  test("a strict schema with number prices is held to, whole and streamed", {
    timeout: PATIENCE_MS,
  }, async () => {
    const request = { ...createBackendRequest(), response_format: createPlanFormat("number") };
    const whole = await tailor.client.chat.completions.create(request);
    expect(JSON.parse(whole.choices[0]?.message.content ?? "").outfits[0].items[0].min).toBeTypeOf("number");
    const stream = await tailor.client.chat.completions.create({ ...request, stream: true });
    let text = "";
    let chunks = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      chunks += 1;
    }
    expect(chunks).toBeGreaterThan(5);
    expect(JSON.parse(text).outfits[0].items[0].max).toBeTypeOf("number");
  });

  test("a stop text cuts an answer in a schema and ends it well, whole and streamed", {
    timeout: PATIENCE_MS,
  }, async () => {
    const properties = { name: { enum: ["red"] }, tags: { type: "array", items: { enum: ["a"] } } };
    const schema = { type: "object", properties, required: ["name", "tags"], additionalProperties: false };
    const request = {
      model: "stylist",
      messages: [{ role: "user" as const, content: "a garment" }],
      response_format: { type: "json_schema" as const, json_schema: { name: "garment", schema } },
      stop: ['"tags"'],
      temperature: 0,
    };
    const cut = { message: { content: '{"name":"red",' }, finish_reason: "stop" };
    const whole = await tailor.client.chat.completions.create(request);
    expect(whole.choices).toMatchObject([cut]);
    const response = await tailor.post("/v1/chat/completions", { ...request, stream: true });
    const events = (await response.text()).trim().split("\n\n");
    expect(events.pop()).toBe("data: [DONE]");
    const chunks = events.map((event) => JSON.parse(event.replace(/^data: /, "")).choices[0]);
    expect(chunks.map(({ delta }) => delta.content ?? "").join("")).toBe(cut.message.content);
    expect(chunks.at(-1).finish_reason).toBe("stop");
  });

  test("/generate answers as many outfits as were asked for", { timeout: PATIENCE_MS }, async () => {
    const form = { preparing_for: "a beach day", preferred_brand: "", budget: "under 150", description: "" };
    const response = await tailor.post("/generate", { form, profile: { gender: "male" }, outfits: 2 });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ outfits: [{}, {}] });
  });
});

describe("a local model in trouble", () => {
  afterEach(stop);

  test("an engine that is killed costs no answer while another target is left", {
    timeout: PATIENCE_MS,
  }, async () => {
    await start({ fallback: ["local", "upstream"] });
    const answering = tailor.post("/v1/chat/completions", createBackendRequest());
    await expect.poll(() => local.stats().slots.busy, { interval: 5 }).toBe(1);
    process.kill(local.stats().processId ?? 0, "SIGKILL");
    const response = await answering;
    expect(response.status).toBe(200);
    expect(response.headers.get("x-tailor-fallback")).toBe("local:unavailable");
  });

  test("a full queue is a 429 that says when to come back", { timeout: PATIENCE_MS }, async () => {
    await start({ fallback: [], maxWaiting: 1 });
    const responses = await Promise.all(
      Array.from({ length: 6 }, () => tailor.post("/v1/chat/completions", createBackendRequest())),
    );
    const refused = responses.filter(({ status }) => status === 429);
    expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await refused[0]?.json()).toMatchObject({
      error: { code: "overloaded", type: "rate_limit_error" },
    });
  });
});
