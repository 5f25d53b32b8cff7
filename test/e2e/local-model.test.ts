import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../src/store/open-store.ts";
import { checkAnswer } from "../../src/style/checks/check-answer.ts";
import { passesChecks } from "../../src/style/checks/check-plan.ts";
import { type Lexicon, loadLexicon } from "../../src/style/load-lexicon.ts";
import { parseBrief } from "../../src/style/parse-brief.ts";
import { recogniseRequest } from "../../src/style/recognise-request.ts";
import { readJson } from "../gateway/support/test-gateway.ts";
import { createBackendRequest, createPlanFormat } from "../support/backend-request.ts";
import { startTailorProcess, type TailorProcess } from "../support/tailor-process.ts";

/**
 * The shipped model, end to end: `npm start` as it is, without any key or network. Needs the registry's default model
 * (`models/registry.json`, or TAILOR_MODELS_DIR) and fails without one.
 */
let tailor: TailorProcess;
let client: OpenAI;
let lexicon: Lexicon;

beforeAll(async () => {
  lexicon = loadLexicon("data/style");
  tailor = await startTailorProcess({ timeoutMs: 120_000 });
  client = new OpenAI({ baseURL: `${tailor.url}/v1`, apiKey: "sk-whatever", maxRetries: 0 });
}, 130_000);

afterAll(async () => {
  await tailor?.[Symbol.asyncDispose]();
});

function expectGoodPlan(content: string, request: ReturnType<typeof createBackendRequest>): void {
  const brief = recogniseRequest(request, lexicon);
  if (brief === null) throw new Error("the backend's request is not recognised");
  const failed = checkAnswer(content, brief, lexicon).filter(({ ok }) => !ok);
  expect(failed.filter(({ name }) => name !== "guidance")).toEqual([]);
}

describe("the shipped model", { timeout: 120_000 }, () => {
  test("is loaded when the one line says ready", async () => {
    expect(tailor.line).toMatch(/^Tailor is ready on http:\/\/127\.0\.0\.1:\d+ \(local ready: /);
    expect((await fetch(`${tailor.url}/readyz`)).status).toBe(200);
  });

  test("answers the backend's own request with a plan that passes the hard checks", async () => {
    const request = createBackendRequest();
    const { data, response } = await client.chat.completions.create(request).withResponse();
    expect(data.model).toBe("gpt-4o-mini");
    expect(response.headers.get("x-tailor-target")).toBe("local");
    expect(response.headers.get("x-tailor-dropped")).toBe("image_url");
    expectGoodPlan(data.choices[0]?.message.content ?? "", request);
  });

  test("streams the same under a strict schema", async () => {
    const request = { ...createBackendRequest(), response_format: createPlanFormat("string") };
    const stream = await client.chat.completions.create({ ...request, stream: true });
    let content = "";
    for await (const chunk of stream) content += chunk.choices[0]?.delta.content ?? "";
    expectGoodPlan(content, request);
  });

  test("answers the form endpoint with the plan itself", async () => {
    const form = {
      preparing_for: "a job interview",
      preferred_brand: "Zara",
      budget: "300",
      description: "",
    };
    const response = await fetch(`${tailor.url}/generate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ form, profile: { gender: "male", age: 34 } }),
    });
    const text = await response.text();
    expect(response.status).toBe(200);
    const brief = parseBrief({ form, profile: { gender: "male", age: 34 } }, lexicon);
    expect(passesChecks(checkAnswer(text, brief, lexicon))).toBe(true);
  });

  test("tells at /admin/engine and /metrics what the engine holds and does", async () => {
    const readEngine = async () => (await readJson(await fetch(`${tailor.url}/admin/engine`))).engines[0];
    // The engine tells about itself every second.
    await expect
      .poll(async () => (await readEngine()).memory.rssBytes, { timeout: 5000 })
      .toBeGreaterThan(1e7);
    const engine = await readEngine();
    expect(engine).toMatchObject({
      provider: "local",
      health: { state: "ready" },
      slots: { busy: 0 },
      queue: { length: 0, refused: 0 },
      restarts: 0,
      lastDeath: null,
    });
    const loaded = engine.models.find(({ state }: { state: string }) => state === "loaded");
    expect(loaded.weightBytes).toBeGreaterThan(1e7);
    expect(loaded.ngrams, "the table beside the shipped model").toBeGreaterThan(10_000);
    expect(loaded.contextBytes).toBeGreaterThan(1e6);
    expect(loaded.sequences).toBe(engine.slots.total);
    expect(engine.tokens.answers).toBe(3);
    // One system prompt for all three.
    expect(engine.tokens.cachedTokens).toBeGreaterThan(0);
    expect(engine.prefixCache.entries).toBeGreaterThan(0);
    const metrics = await (await fetch(`${tailor.url}/metrics`)).text();
    expect(metrics).toContain(
      `tailor_state{name="engine_local_cached_tokens"} ${engine.tokens.cachedTokens}`,
    );
    expect(metrics).toMatch(/tailor_state\{name="engine_local_memory_rss_bytes"\} \d+/);
  });

  test("leaves a row for each answer after SIGTERM, and the process ends with 0", async () => {
    tailor.child.kill("SIGTERM");
    expect(await tailor.exited).toBe(0);
    const log: Store = await tailor.openLog();
    const { rows } = await log.reader.listInferences({ limit: 10 });
    await log.close();
    expect(rows.map(({ endpoint, streamed }) => [endpoint, streamed])).toEqual([
      ["generate", false],
      ["chat.completions", true],
      ["chat.completions", false],
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({
        target: "local",
        status: 200,
        consent: "train",
        verdicts: { schema: "pass" },
      });
      expect(row.modelVersion).not.toBeNull();
      expect(row.promptVersion).not.toBeNull();
    }
  });
});
