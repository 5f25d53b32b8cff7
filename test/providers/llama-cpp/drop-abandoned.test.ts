import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { getLlama, type Llama, type Token } from "node-llama-cpp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createBaseModels } from "../../../src/providers/llama-cpp/engine/base-models.ts";
import { SHADOW_PRIORITY } from "../../../src/providers/llama-cpp/engine/batch-order.ts";
import { type LoadedModel, loadModel } from "../../../src/providers/llama-cpp/engine/loaded-model.ts";
import { openContext } from "../../../src/providers/llama-cpp/engine/native-parts.ts";
import { planLoad } from "../../../src/providers/llama-cpp/engine/plan-load.ts";
import { createPrefixShelf } from "../../../src/providers/llama-cpp/engine/prefix-store.ts";
import { withDefaults } from "../../../src/providers/llama-cpp/llama-cpp-options.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import { createTinyModel } from "../../support/tiny-model.ts";
import { createSpec } from "./create-spec.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tailor-drop-"));
let llama: Llama;
let loaded: LoadedModel;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false });
  const source = createFixedModelSource([]);
  const { settings } = withDefaults({ id: "local", source, dataDir: folder, threads: 1, sequences: 2 });
  const spec = createSpec({ path: createTinyModel(), contextLength: 256 });
  loaded = await loadModel({
    llama,
    bases: createBaseModels(llama),
    spec,
    settings,
    plan: planLoad({ llama, spec, settings, mostSequences: 2, budgetBytes: 1e9 }),
    prefixes: createPrefixShelf({ path: folder, maxBytes: 1000 }).open(),
    onProgress: () => {},
  });
});
afterAll(() => llama.dispose());

it("ends a prompt that goes in piece by piece after the decode in flight, and leaves its sequence fit for use", async () => {
  const { context, slots } = loaded;
  // While a primary answer is written a shadow's prompt goes in eight tokens at a time.
  const neverAborted = new AbortController().signal;
  const primary = await slots.take({ prompt: [], priority: "primary", signal: neverAborted });
  const controller = new AbortController();
  const { sequence, release } = await slots.take({
    prompt: [],
    priority: "shadow",
    signal: controller.signal,
  });
  // Called before each decode; the public types leave it out.
  const native = openContext(context)._ctx as unknown as { initBatch(size: number): void };
  const initBatch = native.initBatch.bind(native);
  let decodes = 0;
  const initAndAbort = (size: number) => {
    decodes++;
    if (decodes === 2) controller.abort(new Error("left"));
    initBatch(size);
  };
  Object.defineProperty(native, "initBatch", { value: initAndAbort });
  const prompt = Array.from({ length: 60 }, (_, index) => (index + 10) as Token);
  const options = { evaluationPriority: SHADOW_PRIORITY } as const;
  await expect(sequence.evaluateWithoutGeneratingNewTokens(prompt, options)).rejects.toThrow("left");
  expect(decodes).toBe(2);
  release();
  primary.release();
  const again = await slots.take({ prompt, priority: "primary", signal: neverAborted });
  await again.sequence.adaptStateToTokens(prompt, false);
  await again.sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(again.sequence.nextTokenIndex));
  expect(again.sequence.nextTokenIndex).toBe(prompt.length);
});
