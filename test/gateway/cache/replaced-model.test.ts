import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createModelRegistry, type ModelRegistry } from "../../../src/providers/llama-cpp/model-registry.ts";
import { createTinyEncoder } from "../../support/tiny-encoder.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createTinyModel } from "../../support/tiny-model.ts";
import { readJson, startTestGateway, type TestGateway } from "../support/test-gateway.ts";

// An engine process on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
let registry: ModelRegistry;
let local: LlamaCppProvider;
let tailor: TestGateway;

/** Registers another file under the same name, as `tailor models register` would. */
function register(version: string, file: string): void {
  mkdirSync(join(folder, version));
  copyFileSync(file, join(folder, version, "model.gguf"));
  const model = {
    name: "tiny",
    path: version,
    file: "model.gguf",
    sha256: version.repeat(64),
    status: "registered",
    createdAt: "2026-01-02T03:04:05Z",
  };
  writeFileSync(
    join(folder, "registry.new"),
    JSON.stringify({ schemaVersion: 1, default: "tiny", models: [model] }),
  );
  renameSync(join(folder, "registry.new"), join(folder, "registry.json"));
}

const serves = (version: string) => () =>
  expect(local.servedVersion?.("default")).toBe(`tiny@${version.repeat(12)}`);

async function start(file: string, model: string): Promise<void> {
  register("a", file);
  registry = createModelRegistry({ modelsDir: folder, pollMs: 10 });
  local = createTinyProvider({ source: registry });
  tailor = await startTestGateway({
    providers: [local],
    route: {
      targets: [{ id: "local", provider: "local", model, percent: 100 }],
      fallback: [],
      cache: { enabled: true, ttlMs: 600_000 },
      timeoutMs: 60_000,
    },
  });
  await vi.waitFor(() => expect(local.health().state).toBe("ready"), { timeout: 60_000 });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tailor-replaced-"));
});
afterEach(async () => {
  registry.close();
  await tailor.close();
  rmSync(folder, { recursive: true, force: true });
});

const word = {
  type: "object",
  properties: { word: { type: "string", pattern: "^[a-z]{12}$" } },
  required: ["word"],
  additionalProperties: false,
};
const request = {
  model: "stylist",
  temperature: 0,
  messages: [{ role: "user", content: "hello" }],
  response_format: { type: "json_schema", json_schema: { name: "word", schema: word } },
};

async function ask(fields: object = {}) {
  const response = await tailor.post("/v1/chat/completions", { ...request, ...fields });
  const text = await response.text();
  return { state: response.headers.get("x-tailor-cache"), text };
}
const contentOf = (text: string): string => JSON.parse(text).choices[0].message.content;

async function readVersions(): Promise<(string | null)[]> {
  await tailor.gateway.idle();
  await tailor.store.flush();
  const { rows } = await tailor.store.reader.listInferences({ limit: 20 });
  return rows.map(({ modelVersion }) => modelVersion).toReversed();
}

test.each(["default", "tiny"])(
  "a model registered anew never answers with the old one's words (%s)",
  async (model) => {
    await start(createTinyModel({ seed: 1 }), model);
    const old = await ask();
    expect([old.state, (await ask()).state, (await ask({ stream: true })).state]).toEqual([
      "miss",
      "hit",
      "hit",
    ]);
    register("b", createTinyModel({ seed: 2 }));
    await vi.waitFor(serves("b"), { timeout: 60_000 });
    const fresh = await ask();
    expect(fresh.state).toBe("miss");
    expect(contentOf(fresh.text)).not.toBe(contentOf(old.text));
    const repeated = await ask();
    expect([repeated.state, contentOf(repeated.text)]).toEqual(["hit", contentOf(fresh.text)]);
    const [a, b] = [`tiny@${"a".repeat(12)}`, `tiny@${"b".repeat(12)}`];
    expect(await readVersions()).toEqual([a, a, a, b, b]);
  },
);

test("embeddings of a model that is replaced are made anew", async () => {
  await start(createTinyEncoder({ seed: 1 }), "tiny");
  const embed = async () => {
    const response = await tailor.post("/v1/embeddings", { model: "stylist", input: "hello" });
    const { data } = await readJson(response);
    return { state: response.headers.get("x-tailor-cache"), vector: data[0].embedding };
  };
  const old = await embed();
  expect(await embed()).toEqual({ state: "hit", vector: old.vector });
  register("b", createTinyEncoder({ seed: 2 }));
  await vi.waitFor(serves("b"), { timeout: 60_000 });
  const fresh = await embed();
  expect(fresh.state).toBe("miss");
  expect(fresh.vector).not.toEqual(old.vector);
});
