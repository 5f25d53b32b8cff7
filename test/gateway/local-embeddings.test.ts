import { afterEach, describe, expect, test, vi } from "vitest";
import type { LlamaCppProvider } from "../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource, type SourceModel } from "../../src/providers/llama-cpp/model-source.ts";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { createTinyEncoder } from "../support/tiny-encoder.ts";
import { createTinyProvider, createTinySourceModel } from "../support/tiny-engine.ts";
import { readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { startUpstream } from "./support/upstreams.ts";

// Each test starts an engine of its own, which takes seconds where others want the cores too.
vi.setConfig({ testTimeout: 120_000 });

const encoder: SourceModel = {
  name: "encoder",
  path: createTinyEncoder(),
  version: "encoder@1",
  created: 1_700_000_000,
};
const vectors = {
  object: "list",
  data: [{ object: "embedding", index: 0, embedding: [0.25, -1] }],
  model: "upstream-name",
  usage: { prompt_tokens: 4, total_tokens: 4 },
};

let local: LlamaCppProvider;
let upstream: ScriptedUpstream;
let tailor: TestGateway;

/** The local model first; an upstream behind it. */
async function start(options: { model: SourceModel; upstreamModel?: string; cache?: object }): Promise<void> {
  const { model, upstreamModel = "first-model", cache = {} } = options;
  upstream = await startUpstream({ kind: "raw", status: 200, body: JSON.stringify(vectors) });
  local = createTinyProvider({ source: createFixedModelSource([model]) });
  tailor = await startTestGateway({
    upstreams: { upstream: upstream.baseUrl },
    providers: [local],
    route: {
      targets: [
        { id: "local", provider: "local", model: model.name, percent: 100 },
        { id: "upstream", provider: "upstream", model: upstreamModel, percent: 0 },
      ],
      fallback: ["local", "upstream"],
      timeoutMs: 60_000,
      cache,
    },
  });
}

afterEach(async () => {
  await tailor.close();
  await upstream.close();
});

const ask = (body: object) =>
  tailor.post("/v1/embeddings", { model: "stylist", input: "hello world", ...body });

async function readRows() {
  await tailor.gateway.idle();
  await tailor.store.flush();
  return (await tailor.store.reader.listInferences({ limit: 10 })).rows;
}

describe("a local model that makes embeddings", () => {
  test("answers under the asked name, is logged and told of in headers", async () => {
    await start({ model: encoder });
    const response = await ask({ input_type: "query" });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-tailor-target": "local",
      "x-tailor-dropped": "input_type",
    });
    const answer = await readJson(response);
    expect(answer).toMatchObject({ object: "list", model: "stylist", usage: { prompt_tokens: 4 } });
    expect(Math.hypot(...answer.data[0].embedding)).toBeCloseTo(1, 6);
    expect(upstream.requests).toHaveLength(0);
    expect(await readRows()).toMatchObject([
      {
        endpoint: "embeddings",
        target: "local",
        modelVersion: "encoder@1",
        promptTokens: 4,
        completionTokens: 0,
      },
    ]);
  });

  test("refuses what is too long in OpenAI's words, and no other model's vectors come instead", async () => {
    await start({ model: encoder });
    const response = await ask({ input: ["the", "the ".repeat(400)] });
    expect(response.status).toBe(400);
    expect(await readJson(response)).toEqual({
      error: {
        message:
          "This model's maximum context length is 128 tokens, however you requested 402 tokens " +
          "(402 in your prompt; 0 for the completion). Please reduce your prompt; or completion length.",
        type: "invalid_request_error",
        param: "input[1]",
        code: "context_length_exceeded",
      },
    });
    process.kill(local.stats().processId ?? 0, "SIGKILL");
    const responses = await Promise.all([ask({}), ask({}), ask({})]);
    for (const { status } of responses) expect([200, 503]).toContain(status);
    expect(upstream.requests).toHaveLength(0);
  });

  test("is stood in for by a target that runs the same model", async () => {
    await start({ model: { ...encoder, name: "second-model" }, upstreamModel: "second-model" });
    const response = await ask({ input: "the ".repeat(400) });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-tailor-target": "upstream",
      "x-tailor-fallback": "local:context_length_exceeded",
    });
  });

  test("is asked once for the same input where the route has a cache", async () => {
    await start({ model: encoder, cache: { enabled: true } });
    const [first, second] = [await ask({}), await ask({})];
    expect([first, second].map(({ headers }) => headers.get("x-tailor-cache"))).toEqual(["miss", "hit"]);
    expect(await readJson(second)).toEqual(await readJson(first));
    expect(local.stats().embeddings.inputs).toBe(1);
  });
});

describe("a local model that makes none", () => {
  test("is passed over for the upstream", async () => {
    await start({ model: createTinySourceModel("writer") });
    const response = await ask({});
    expect(response.headers.get("x-tailor-target")).toBe("upstream");
    expect(await readJson(response)).toMatchObject({ data: vectors.data });
    expect(upstream.requests).toMatchObject([{ body: { model: "first-model", input: "hello world" } }]);
    const [row] = await readRows();
    const pair = await tailor.store.reader.readInference(row?.id ?? "");
    expect(pair?.inference.attempts).toMatchObject([{ target: "upstream", status: 200 }]);
  });
});
