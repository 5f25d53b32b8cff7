import { mkdtempSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { getLlama, type Llama } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBaseModels } from "../../../src/providers/llama-cpp/engine/base-models.ts";
import { createGrammarCache } from "../../../src/providers/llama-cpp/engine/grammar-cache.ts";
import { type LoadedModel, loadModel } from "../../../src/providers/llama-cpp/engine/loaded-model.ts";
import { placePrompt, preparePrompt } from "../../../src/providers/llama-cpp/engine/place-prompt.ts";
import { planLoad } from "../../../src/providers/llama-cpp/engine/plan-load.ts";
import { createPrefixShelf } from "../../../src/providers/llama-cpp/engine/prefix-store.ts";
import { runFree } from "../../../src/providers/llama-cpp/engine/run-free.ts";
import { createStateFolder } from "../../../src/providers/llama-cpp/engine/state-folder.ts";
import { createTokenMemories } from "../../../src/providers/llama-cpp/engine/token-memory.ts";
import type { EngineJob } from "../../../src/providers/llama-cpp/engine-messages.ts";
import { withDefaults } from "../../../src/providers/llama-cpp/llama-cpp-options.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import { createTinyModel } from "../../support/tiny-model.ts";
import { createSpec } from "./create-spec.ts";

const spec = createSpec({ path: createTinyModel() });
const LONG_PROMPT = "a long instruction ".repeat(90);

let llama: Llama;
let loaded: LoadedModel;
beforeAll(async () => {
  const options = { gpu: false, build: "never", skipDownload: true, progressLogs: false } as const;
  llama = await getLlama({ ...options, maxThreads: availableParallelism() });
  const { settings } = withDefaults({ id: "local", source: createFixedModelSource([]), threads: 1 });
  loaded = await loadModel({
    llama,
    bases: createBaseModels(llama),
    spec,
    settings,
    plan: planLoad({ llama, spec, settings, mostSequences: 1, budgetBytes: 1e9 }),
    prefixes: createPrefixShelf({
      path: mkdtempSync(path.join(tmpdir(), "tailor-abort-")),
      maxBytes: 0,
    }).open(),
    ngrams: null,
    onProgress: () => {},
  });
});
afterAll(async () => {
  await loaded.dispose();
  await llama.dispose();
});

function createJob(content: string): EngineJob {
  return {
    jobId: 1,
    model: spec,
    messages: [{ role: "user", content }],
    sampling: {
      temperature: 1,
      topP: 1,
      seed: 1,
      isRepeatable: false,
      presencePenalty: 0,
      frequencyPenalty: 0,
      topK: null,
      // The end of the turn: what runs on never ends by itself.
      logitBias: [{ token: Number(loaded.model.tokens.eos), bias: -100 }],
    },
    stop: [],
    topLogprobs: null,
    maxTokens: 200,
    mode: { kind: "free" },
    isStreamed: true,
    priority: "primary",
  };
}

/** Answers as the engine does, and tells the decodes that ended before and after `abortAt` of them. */
async function countDecodes(
  content: string,
  abortAt: { readonly batches: number; readonly decodes: number },
) {
  const job = createJob(content);
  const controller = new AbortController();
  const { signal } = controller;
  const counts = { batches: 0, decodes: 0 };
  // The client leaves while the next decode is under way.
  const abortWhenReached = () => {
    if (counts.batches >= abortAt.batches && counts.decodes >= abortAt.decodes) {
      setImmediate(() => controller.abort(new Error("left")));
    }
  };
  const prompt = preparePrompt(loaded, job);
  const slot = await loaded.slots.take({ prompt: prompt.tokens, priority: job.priority, signal });
  try {
    const remainder = await placePrompt({
      loaded,
      slot,
      prompt,
      priority: job.priority,
      folder: createStateFolder(),
      signal,
      onCached: () => {},
      onBatch() {
        counts.batches++;
        abortWhenReached();
      },
    });
    await runFree({
      job,
      loaded,
      sequence: slot.sequence,
      grammars: createGrammarCache(llama),
      jumpsForward: false,
      followsGrammar: false,
      memory: createTokenMemories().of(loaded.context),
      signal,
      promptTokens: prompt.tokens,
      remainder,
      maxTokens: prompt.maxTokens,
      send: () => {},
      onStep() {
        counts.decodes++;
        abortWhenReached();
      },
    });
  } catch (error) {
    expect(error).toMatchObject({ message: "left" });
    return { ...counts, isAborted: true, promptBatches: prompt.tokens.length / loaded.context.batchSize };
  } finally {
    slot.release();
  }
  return { ...counts, isAborted: false, promptBatches: Number.NaN };
}

describe("an answer whose client leaves", () => {
  it("ends behind the decode under way", async () => {
    const { decodes, isAborted } = await countDecodes("hello", { batches: 0, decodes: 20 });
    expect(isAborted).toBe(true);
    expect(decodes - 20).toBeLessThanOrEqual(1);
    expect(loaded.slots.busy).toBe(0);
  });

  it("evaluates no more of its prompt than the batch under way", async () => {
    const { batches, decodes, promptBatches } = await countDecodes(LONG_PROMPT, { batches: 2, decodes: 0 });
    // Else there was little left to leave out.
    expect(promptBatches).toBeGreaterThan(6);
    expect(batches - 2).toBeLessThanOrEqual(1);
    expect(decodes).toBe(0);
    expect(loaded.slots.busy).toBe(0);
  });
});
