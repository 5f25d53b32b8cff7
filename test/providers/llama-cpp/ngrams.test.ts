import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Token } from "node-llama-cpp";
import { afterAll, expect, it } from "vitest";
import { countNgrams } from "../../../src/providers/llama-cpp/engine/count-ngrams.ts";
import { checkModelFile } from "../../../src/providers/llama-cpp/engine/model-file.ts";
import {
  encodeNgramTable,
  nameNgramFile,
  readNgramTable,
} from "../../../src/providers/llama-cpp/engine/ngram-table.ts";

const VOCABULARY = 100;
const folder = mkdtempSync(path.join(tmpdir(), "tailor-ngrams-"));
afterAll(() => rmSync(folder, { recursive: true }));

const toTokens = (ids: readonly number[]) => ids as unknown as readonly Token[];
const repeat = (times: number, ids: readonly number[]) => Array.from({ length: times }, () => toTokens(ids));

function write(name: string, content: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

function countInto(name: string, answers: readonly (readonly Token[])[]) {
  return readNgramTable(write(name, encodeNgramTable(countNgrams(answers), VOCABULARY)), VOCABULARY);
}

it("tells what mostly followed an end, the longest that it knows first", () => {
  const table = countInto("counted", [
    ...repeat(30, [5, 1, 2, 7]),
    ...repeat(10, [6, 1, 2, 8]),
    ...repeat(4, [9, 8, 6, 3]),
  ]);
  expect(table?.recall(toTokens([1, 2]))).toMatchObject({ token: 7, share: expect.closeTo(30 / 41, 2) });
  expect(table?.recall(toTokens([0, 0, 6, 1, 2]))).toMatchObject({
    token: 8,
    share: expect.closeTo(10 / 11, 2),
  });
  expect(table?.recall(toTokens([0, 0, 5, 1, 2]))).toMatchObject({ token: 7 });
  expect(table?.recall(toTokens([9, 8, 6])), "seen too seldom").toBeNull();
  expect(table?.recall(toTokens([2, 1]))).toBeNull();
  expect(table?.recall(toTokens([]))).toBeNull();
});

it("leaves out longer ends that tell nothing new", () => {
  const alike = countInto("alike", repeat(50, [1, 2, 3, 4, 5, 6, 7, 8]));
  // Two tokens before each of the last six; the longer ends would tell the same.
  expect(alike?.size).toBe(6);
});

it("is the largest token a vocabulary may have, and no larger", () => {
  const largest = 2 ** 21 - 1;
  expect(countNgrams(repeat(9, [1, 2, largest]))).toMatchObject([{ next: largest }]);
  expect(() => countNgrams(repeat(9, [1, 2, largest + 1]))).toThrow(RangeError);
});

it("takes no file that is damaged, of another vocabulary, or missing", () => {
  const whole = encodeNgramTable(countNgrams(repeat(9, [1, 2, 3])), VOCABULARY);
  expect(readNgramTable(write("whole", whole), VOCABULARY)?.size).toBe(1);
  expect(readNgramTable(write("whole", whole), VOCABULARY + 1)).toBeNull();
  expect(readNgramTable(write("short", whole.slice(0, -1)), VOCABULARY)).toBeNull();
  expect(readNgramTable(write("header", whole.slice(0, 10)), VOCABULARY)).toBeNull();
  expect(readNgramTable(write("empty", new Uint8Array()), VOCABULARY)).toBeNull();
  const beyond = encodeNgramTable([{ mark: 7, next: VOCABULARY, share: 1 }], VOCABULARY);
  expect(readNgramTable(write("beyond", beyond), VOCABULARY)).toBeNull();
  expect(readNgramTable(path.join(folder, "missing"), VOCABULARY)).toBeNull();
});

it("lies beside the shipped model", () => {
  const { path: folderName, file } = JSON.parse(readFileSync("models/registry.json", "utf8")).models[0];
  const model = path.join("models", folderName, file);
  const { vocabularySize } = checkModelFile(model);
  expect(
    readNgramTable(nameNgramFile({ path: model, adapterPath: null }), vocabularySize)?.size,
  ).toBeGreaterThan(10_000);
});

it("lies beside the adapter where there is one", () => {
  expect(nameNgramFile({ path: "/m/base.gguf", adapterPath: null })).toBe("/m/base.ngrams");
  expect(nameNgramFile({ path: "/m/base.gguf", adapterPath: "/m/mine.GGUF" })).toBe("/m/mine.ngrams");
});
