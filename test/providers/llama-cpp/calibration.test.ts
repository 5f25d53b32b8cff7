import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { getLlama } from "node-llama-cpp";
import { expect, it, vi } from "vitest";
import { calibrateThreads } from "../../../src/providers/llama-cpp/engine/calibrate-threads.ts";
import { createTinyProvider, createTinySourceModel } from "../../support/tiny-engine.ts";

const dataDir = mkdtempSync(path.join(tmpdir(), "tailor-calibration-"));
const file = path.join(dataDir, "engine", "calibration.json");
/** One core stays free where there are more than two, and on two the tiny model is many times faster on one thread. */
const NEVER_MEASURED = availableParallelism();

/** Threads of the default model after a start with the data folder. */
async function startOnce(): Promise<number | null> {
  const provider = createTinyProvider({ dataDir, threads: undefined });
  try {
    await vi.waitFor(() => expect(provider.health().state).toBe("ready"), { timeout: 30_000 });
    return provider.stats().models[0]?.threads ?? null;
  } finally {
    await provider.close(0);
  }
}

/** What a start on a quiet machine leaves: on a busy one nothing is remembered. */
async function rememberThreads(): Promise<void> {
  const { path: modelPath, version } = createTinySourceModel("tiny");
  const options = { gpu: false, build: "never", skipDownload: true, progressLogs: false } as const;
  const llama = await getLlama({ ...options, maxThreads: availableParallelism() });
  const model = await llama.loadModel({ modelPath });
  const key = `${version} ${model.size}`;
  await calibrateThreads({ model, version: key, file, isAgain: false, isBusy: false });
  await llama.dispose();
}

it("measures no model again that the data folder has a count for", { timeout: 120_000 }, async () => {
  await rememberThreads();
  const entries = Object.entries<object>(JSON.parse(readFileSync(file, "utf8")));
  expect(entries).toHaveLength(1);
  const remembered = JSON.stringify(
    Object.fromEntries(entries.map(([key]) => [key, { threads: NEVER_MEASURED, msPerToken: 123 }])),
  );
  writeFileSync(file, remembered);
  expect(await startOnce()).toBe(NEVER_MEASURED);
  expect(await startOnce()).toBe(NEVER_MEASURED);
  expect(readFileSync(file, "utf8")).toBe(remembered);
});
