import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { getLlama, type Llama, type LlamaModel, type Token } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  calibrateThreads,
  startEmbeddingProbe,
} from "../../../src/providers/llama-cpp/engine/calibrate-threads.ts";
import { createDecodeMeter } from "../../../src/providers/llama-cpp/engine/decode-meter.ts";
import type { JobRun } from "../../../src/providers/llama-cpp/engine/job-run.ts";
import { pickBatchTokens } from "../../../src/providers/llama-cpp/engine/pick-batch-tokens.ts";
import { createThreadGovernor } from "../../../src/providers/llama-cpp/engine/thread-governor.ts";
import {
  createTokenStepper,
  type TokenStepper,
} from "../../../src/providers/llama-cpp/engine/token-stepper.ts";
import { createTinyEncoder } from "../../support/tiny-encoder.ts";
import { createTinyModel } from "../../support/tiny-model.ts";
import { loadTinyModel } from "./load-tiny-model.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tailor-threads-"));
let llama: Llama;
let model: LlamaModel;
beforeAll(async () => {
  llama = await getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    maxThreads: availableParallelism(),
  });
  model = await llama.loadModel({ modelPath: createTinyModel() });
});
afterAll(() => llama.dispose());

function readMemory(file: string): Record<string, { threads: number; msPerToken: number }> {
  return JSON.parse(readFileSync(file, "utf8"));
}

describe("calibrateThreads", () => {
  const file = path.join(folder, "engine", "calibration.json");
  const calibrate = (options: { isAgain?: boolean; isBusy?: boolean } = {}) =>
    calibrateThreads({ model, version: "tiny@1", file, isAgain: false, isBusy: false, ...options });

  it("measures once a machine and model, and remembers it", async () => {
    const first = await calibrate();
    expect(first.isCertain).toBe(true);
    const [entry] = Object.entries(readMemory(file));
    expect(entry?.[0]).toContain("tiny@1");
    expect(entry?.[1].threads).toBe(first.threads);
    // What stands in the file is believed: nothing is measured.
    writeFileSync(file, JSON.stringify({ [entry?.[0] ?? ""]: { threads: 1, msPerToken: 123 } }));
    expect(await calibrate()).toEqual({ threads: 1, msPerToken: 123, isCertain: true });
    expect(Object.values(readMemory(file))[0]?.msPerToken).toBe(123);
  });

  it("measures a model of embeddings by making some", async () => {
    const encoder = await llama.loadModel({ modelPath: createTinyEncoder() });
    const own = path.join(folder, "embeddings.json");
    const found = await calibrateThreads({
      model: encoder,
      version: "encoder@1",
      file: own,
      startProbe: startEmbeddingProbe,
      isAgain: false,
      isBusy: false,
    });
    expect(found.isCertain).toBe(true);
    const [entry] = Object.values(readMemory(own));
    expect(entry?.threads).toBe(found.threads);
    expect(entry?.msPerToken).toBeGreaterThan(0);
    await encoder.dispose();
  });

  it("measures again when told to, and remembers that instead", async () => {
    await calibrate({ isAgain: true });
    expect(Object.values(readMemory(file))[0]?.msPerToken).not.toBe(123);
  });

  it("does not remember what it measured on a busy machine", async () => {
    const before = readFileSync(file, "utf8");
    expect(await calibrate({ isAgain: true, isBusy: true })).toMatchObject({ isCertain: false });
    expect(readFileSync(file, "utf8")).toBe(before);
  });
});

describe("a loaded model", () => {
  it("measures threads again at a quiet moment once decodes have become many times slower", async () => {
    const loaded = await loadTinyModel(llama, {}, { isBusy: () => false });
    const isQuiet = () => true;
    expect(await loaded.recalibrate(isQuiet)).toBe(false);
    for (let decode = 0; decode < 20; decode++) loaded.governor.record(10);
    for (let decode = 0; decode < 3; decode++) loaded.governor.record(500);
    expect(loaded.governor.hasJumped).toBe(true);
    expect(await loaded.recalibrate(isQuiet)).toBe(true);
    expect(loaded.governor.hasJumped).toBe(false);
    expect(await loaded.recalibrate(isQuiet)).toBe(false);
    await loaded.dispose();
  });

  it("forgets a measurement that a call came into, and measures again later", async () => {
    const file = path.join(folder, "disturbed.json");
    const loaded = await loadTinyModel(llama, { calibrationFile: file }, { isBusy: () => false });
    const before = readFileSync(file, "utf8");
    for (let decode = 0; decode < 20; decode++) loaded.governor.record(10);
    for (let decode = 0; decode < 3; decode++) loaded.governor.record(500);
    const { threads } = loaded.governor;
    expect(await loaded.recalibrate(() => false)).toBe(false);
    expect(readFileSync(file, "utf8")).toBe(before);
    expect([loaded.governor.threads, loaded.governor.hasJumped]).toEqual([threads, true]);
    expect(llama.maxThreads).toBe(threads);
    expect(await loaded.recalibrate(() => true)).toBe(true);
    expect(readFileSync(file, "utf8")).not.toBe(before);
    await loaded.dispose();
  });
});

describe("pickBatchTokens", () => {
  it("keeps a batch of a large model's prompt to about a second", () => {
    const pick = (msPerToken: number | null, sequences = 2) =>
      pickBatchTokens({ most: 64, msPerToken, sequences });
    expect([10, 38, 100, 250, 5000].map((ms) => pick(ms))).toEqual([64, 64, 25, 10, 8]);
    expect(pick(null)).toBe(64);
    // Else some would never get their turn.
    expect(pick(5000, 12)).toBe(12);
  });

  it("is told how fast the model is here", async () => {
    const file = path.join(folder, "slow-model.json");
    const first = await loadTinyModel(llama, { calibrationFile: file }, { isBusy: () => false });
    expect(first.context.batchSize).toBe(64);
    await first.dispose();
    const [key] = Object.keys(readMemory(file));
    writeFileSync(file, JSON.stringify({ [key ?? ""]: { threads: 1, msPerToken: 250 } }));
    const slow = await loadTinyModel(llama, { calibrationFile: file }, { isBusy: () => false });
    expect(slow.context.batchSize).toBe(10);
    await slow.dispose();
  });
});

describe("decodes of answers", () => {
  /** Steps answers side by side; each decode takes `clock.ms`. */
  async function startAnswers(clock: { ms: number }, count: number) {
    let at = 0;
    const now = () => {
      at += clock.ms;
      return at;
    };
    const model = await loadTinyModel(llama, { threads: 2, sequences: 2 }, { now });
    // Ordering samples ahead needs the engine's single pool thread.
    const samplesAhead = { order: () => ({ take: () => null, cancel() {} }) };
    const loaded = { ...model, samplesAhead };
    const meter = createDecodeMeter(() => 0);
    const { signal } = new AbortController();
    const start = [100 as Token];
    const answers: { stepper: TokenStepper; feed: readonly Token[] }[] = [];
    for (const priority of Array.from({ length: count }, () => "primary" as const)) {
      const { sequence } = await loaded.slots.take({ prompt: start, priority, signal });
      const onStep: JobRun["onStep"] = (step) => meter.recordStep(loaded.governor, step);
      // Only what a stepper asks of a run.
      const run = { job: { priority }, loaded, sequence, signal, onStep } as unknown as JobRun;
      answers.push({ stepper: createTokenStepper(run), feed: start });
    }
    const decode = async (count: number) => {
      for (let index = 0; index < count; index++) {
        await Promise.all(
          answers.map(async (answer) => {
            answer.feed = (await answer.stepper.step(answer.feed)).slice(-1);
          }),
        );
      }
    };
    return { loaded, meter, decode };
  }

  it.each([1, 2])(
    "tell the usual time, and that it became many times longer (%i at a time)",
    async (count) => {
      const clock = { ms: 10 };
      const { loaded, meter, decode } = await startAnswers(clock, count);
      await decode(20);
      expect(meter.read().msPerToken).toBe(10);
      expect([loaded.governor.threads, loaded.governor.hasJumped]).toEqual([2, false]);
      expect(loaded.context.currentThreads).toBe(2);
      clock.ms = 500;
      await decode(8);
      expect([loaded.governor.threads, loaded.governor.hasJumped]).toEqual([1, true]);
      expect(loaded.context.currentThreads).toBe(1);
      expect(meter.read().msPerToken).toBeGreaterThan(10);
      await loaded.dispose();
    },
  );
});

describe("createDecodeMeter", () => {
  const record = (inputs: readonly (readonly [ms: number, tokens: number])[]) => {
    const governor = createThreadGovernor({ most: 2, setThreads: () => {}, now: () => 0 });
    const meter = createDecodeMeter(() => 0);
    for (const [ms, tokens] of inputs) meter.recordInput(governor, { ms, tokens });
    expect(meter.decodes).toBe(inputs.length);
    return governor.threads;
  };
  const usual = Array.from({ length: 5 }, () => [40, 128] as const);

  it("compares inputs by their time for as many tokens", () => {
    expect(record([...usual, [320, 1024], [320, 1024], [320, 1024]])).toBe(2);
    expect(record([...usual, [1280, 128], [1280, 128], [1280, 128]])).toBe(1);
  });

  it("learns nothing from short ones", () => {
    expect(record([...usual, [1280, 8], [1280, 8], [1280, 8]])).toBe(2);
  });
});

describe("createThreadGovernor", () => {
  it("compares decodes with those of as many tokens", () => {
    const governor = createThreadGovernor({ most: 2, setThreads: () => {}, now: () => 0 });
    for (let decode = 0; decode < 20; decode++) {
      governor.record(10, 1);
      governor.record(100, 16);
    }
    for (let decode = 0; decode < 3; decode++) governor.record(2000, 64);
    expect(governor.threads).toBe(2);
    for (let decode = 0; decode < 3; decode++) governor.record(600, 16);
    expect(governor.threads).toBe(1);
  });

  it("notices a jump also where there is no thread to give up", () => {
    const governor = createThreadGovernor({ most: 1, setThreads: () => {}, now: () => 0 });
    for (let decode = 0; decode < 20; decode++) governor.record(10);
    expect(governor.hasJumped).toBe(false);
    for (let decode = 0; decode < 3; decode++) governor.record(60);
    expect(governor.hasJumped).toBe(true);
    governor.reset(1);
    expect(governor.hasJumped).toBe(false);
  });
});
