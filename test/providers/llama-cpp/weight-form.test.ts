import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { getLlama, type Llama } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkModelFile, readHeader } from "../../../src/providers/llama-cpp/engine/model-file.ts";
import { measureTensorBytes } from "../../../src/providers/llama-cpp/engine/tensor-bytes.ts";
import { measureUnpacked, unpackWeights } from "../../../src/providers/llama-cpp/engine/unpack-weights.ts";
import { pickWeights } from "../../../src/providers/llama-cpp/engine/weight-form.ts";
import { withDefaults } from "../../../src/providers/llama-cpp/llama-cpp-options.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import { createTinyModel } from "../../support/tiny-model.ts";
import { createSpec } from "./create-spec.ts";

const shipped = "models/stylist-135m/stylist-135m-q5_0.gguf";
const folder = mkdtempSync(path.join(tmpdir(), "tailor-weights-"));
let llama: Llama;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false });
});
afterAll(async () => {
  await llama.dispose();
  // Copies of the shipped model.
  rmSync(folder, { recursive: true, force: true });
});

function readTensors(file: string) {
  const content = readFileSync(file);
  const { header } = readHeader(file, "the model file");
  const tensors = header.tensors.map((tensor) => {
    const start = header.dataStart + tensor.offset;
    return { type: tensor.type, bytes: content.subarray(start, start + measureTensorBytes(tensor)) };
  });
  return { header, tensors };
}

/** The whole numbers and the scales' bytes of a block, as ggml's reference reads them (dequantize_row_q5_0, _q8_0). */
function readBlock(type: number, bytes: Buffer, block: number): { scale: number; numbers: number[] } {
  if (type === 8) {
    const at = block * 34;
    return {
      scale: bytes.readUInt16LE(at),
      numbers: Array.from({ length: 32 }, (_, i) => bytes.readInt8(at + 2 + i)),
    };
  }
  const at = block * 22;
  const bits = bytes.readUInt32LE(at + 2);
  const numbers = Array.from({ length: 32 }, (_, i) => {
    const pair = bytes.readUInt8(at + 6 + (i % 16));
    return (i < 16 ? pair % 16 : Math.floor(pair / 16)) + 16 * ((bits >>> i) % 2) - 16;
  });
  return { scale: bytes.readUInt16LE(at), numbers };
}

describe("an unpacked copy", { timeout: 120_000 }, () => {
  const copy = path.join(folder, "copy.gguf");
  beforeAll(() => unpackWeights(shipped, copy));

  it("has the same weights, and says as many bytes as it takes", () => {
    const own = readTensors(shipped);
    const unpacked = readTensors(copy);
    expect([...unpacked.header.values]).toEqual([...own.header.values]);
    expect(unpacked.tensors).toHaveLength(own.tensors.length);
    expect(own.tensors.filter(({ type }) => type === 6).length).toBeGreaterThan(200);
    for (const [index, { type, bytes }] of own.tensors.entries()) {
      const other = unpacked.tensors[index];
      if (other === undefined) throw new Error("a tensor is missing");
      if (type !== 6) {
        expect(other.type).toBe(type);
        expect(other.bytes.equals(bytes)).toBe(true);
        continue;
      }
      expect(other.type).toBe(8);
      const blocks = bytes.length / 22;
      expect(other.bytes.length).toBe(blocks * 34);
      for (const block of [0, 1, 7, blocks >> 1, blocks - 2, blocks - 1]) {
        expect(readBlock(8, other.bytes, block)).toEqual(readBlock(6, bytes, block));
      }
    }
    expect(Math.abs((measureUnpacked(shipped) ?? 0) - statSync(copy).size)).toBeLessThan(32 * 300);
    expect(checkModelFile(copy).bytes).toBe(statSync(copy).size);
  });

  it("gives the same likelihoods", async () => {
    const likelihoods: (readonly [number, number])[][] = [];
    for (const modelPath of [shipped, copy]) {
      const model = await llama.loadModel({ modelPath });
      const context = await model.createContext({ contextSize: 256, threads: 1 });
      const tokens = model.tokenize("A summer garden wedding in charming black and a long-sleeve");
      const last = tokens.at(-1);
      if (last === undefined) throw new Error("no tokens");
      const [next] = await context
        .getSequence()
        .controlledEvaluate([...tokens.slice(0, -1), [last, { generateNext: { probabilities: true } }]])
        .then((places) => places.filter((place) => place !== undefined));
      likelihoods.push([...(next?.next.probabilities ?? [])].slice(0, 3));
      await model.dispose();
    }
    const [own = [], unpacked = []] = likelihoods;
    expect(own).toHaveLength(3);
    for (const [index, [token, likelihood]] of own.entries()) {
      expect(unpacked[index]?.[0]).toBe(token);
      expect(unpacked[index]?.[1]).toBeCloseTo(likelihood, 1);
    }
  });
});

it("knows nothing to unpack in other files", () => {
  expect(measureUnpacked(createTinyModel())).toBeNull();
});

describe("pickWeights", { timeout: 120_000 }, () => {
  let count = 0;
  function open(changes: { dataDir?: string; unpackWeights?: boolean } = {}) {
    const dataDir = changes.dataDir ?? path.join(folder, String(count++));
    const { settings } = withDefaults({
      id: "local",
      source: createFixedModelSource([]),
      threads: 1,
      dataDir,
      ...changes,
    });
    const pick = (modelPath: string, isBusy: boolean, budgetBytes = 1e10) =>
      pickWeights({
        llama,
        spec: createSpec({ path: modelPath }),
        settings,
        budgetBytes,
        becomesQuiet: async () => !isBusy,
      });
    const weights = path.join(dataDir, "engine", "weights");
    return { pick, list: () => readdirSync(weights), folder: weights };
  }

  it("measures once, and leaves nothing but its result", async () => {
    const { pick, list } = open();
    const first = await pick(shipped, false);
    const [name = "", ...others] = list();
    expect(others).toEqual([]);
    expect(name).toMatch(first === shipped ? /^[\da-f]{32}\.packed$/ : /^[\da-f]{32}\.gguf$/);
    expect(path.basename(first)).toBe(first === shipped ? path.basename(shipped) : name);
    // What is known is used on a busy machine too.
    expect(await pick(shipped, true)).toBe(first);
    expect(list()).toEqual([name]);
  });

  it("does not serve a copy that was cut short", async () => {
    const { pick, list, folder: weights } = open();
    await pick(shipped, false);
    const [name = ""] = list();
    const copy = path.join(weights, name.replace(".packed", ".gguf"));
    writeFileSync(copy, readFileSync(shipped).subarray(0, 1_000_000));
    rmSync(path.join(weights, name.replace(".gguf", ".packed")), { force: true });
    expect(await pick(shipped, true)).toBe(shipped);
    const again = await pick(shipped, false);
    if (again !== shipped) expect(checkModelFile(again).bytes).toBeGreaterThan(1_000_000);
  });

  it.each([
    ["a busy machine", {}, shipped, true, 1e10],
    ["where it was turned off", { unpackWeights: false }, shipped, false, 1e10],
    ["too little memory", {}, shipped, false, 2e8],
    ["a file of other types", {}, createTinyModel(), false, 1e10],
    ["a missing file", {}, "models/none.gguf", false, 1e10],
  ] as const)("takes the model's own file: %s", async (_name, changes, file, isBusy, budget) => {
    const { pick, list } = open(changes);
    expect(await pick(file, isBusy, budget)).toBe(file);
    expect(list).toThrow("ENOENT");
  });

  it("takes the model's own file where the data folder cannot be written", async () => {
    const dataDir = path.join(folder, "file");
    writeFileSync(dataDir, "");
    expect(await open({ dataDir }).pick(shipped, false)).toBe(shipped);
  });
});
