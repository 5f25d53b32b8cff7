import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { checkModelFile } from "../../src/providers/llama-cpp/engine/model-file.ts";
import { readNgramTable } from "../../src/providers/llama-cpp/engine/ngram-table.ts";
import { runTailor } from "../support/run-tailor.ts";
import { createTinyModel } from "../support/tiny-model.ts";

// A process of its own on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), "tailor-models-ngrams-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = join(folder, "tiny.gguf");
copyFileSync(createTinyModel(), model);
const item = { query: "navy coat", key: "top", type: "top", min: "10", max: "20", brand: "muji" };
const output = { outfits: [{ looks: "Navy", description: "A navy coat.", items: [item, item, item] }] };

function count(...args: readonly string[]) {
  return runTailor(["models", "ngrams", ...args], { env: { TAILOR_DATA_DIR: folder } });
}

it("writes the table of a data set's plans beside the model", async () => {
  const data = join(folder, "train.jsonl");
  writeFileSync(data, `${JSON.stringify({ output })}\n`.repeat(9));
  const { code, stdout } = await count(model, "--data", data, "--json");
  expect(code).toBe(0);
  const made = JSON.parse(stdout) as { file: string; answers: number; entries: number };
  expect(made).toMatchObject({ file: join(folder, "tiny.ngrams"), answers: 9 });
  const table = readNgramTable(made.file, checkModelFile(model).vocabularySize);
  expect(table?.size).toBe(made.entries);
  expect(made.entries).toBeGreaterThan(20);
});

it("says what is wrong with its files, and leaves none of its own", async () => {
  const data = join(folder, "wrong.jsonl");
  writeFileSync(data, `${JSON.stringify({ output })}\n{"output":{}}\n`);
  const missing = join(folder, "missing");
  const other = join(folder, "other.gguf");
  copyFileSync(model, other);
  for (const [args, sentence] of [
    [[other, "--data", data], /^Line 2 of .*wrong\.jsonl is no sample with a plan\.$/],
    [[other, "--data", missing], /^There is no file .*missing\.$/],
    [[`${missing}.gguf`, "--data", data], /missing\.gguf: the model file is missing/],
  ] as const) {
    const { code, stderr } = await count(...args);
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(sentence);
  }
  expect(existsSync(join(folder, "other.ngrams"))).toBe(false);
});
