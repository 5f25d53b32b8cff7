import { getLlama, type Llama, type Token } from "node-llama-cpp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SHADOW_PRIORITY } from "../../../src/providers/llama-cpp/engine/batch-order.ts";
import type { LoadedModel } from "../../../src/providers/llama-cpp/engine/loaded-model.ts";
import { openContext, replaceMethod } from "../../../src/providers/llama-cpp/engine/native-parts.ts";
import { loadTinyModel } from "./load-tiny-model.ts";

let llama: Llama;
let loaded: LoadedModel;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false });
  loaded = await loadTinyModel(llama, { threads: 1, sequences: 2 });
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
  const native = openContext(context)._ctx;
  const initBatch = native.initBatch.bind(native);
  let decodes = 0;
  replaceMethod(native, "initBatch", (size) => {
    decodes++;
    if (decodes === 2) controller.abort(new Error("left"));
    initBatch(size);
  });
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
