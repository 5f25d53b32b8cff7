import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { USUAL_ATTENTION } from "../../../src/providers/llama-cpp/engine/attention.ts";
import { createChatTemplate } from "../../../src/providers/llama-cpp/engine/chat-template.ts";
import { planContext } from "../../../src/providers/llama-cpp/engine/context-plan.ts";
import {
  checkAdapterFile,
  checkModelFile,
  describeFileError,
  ModelFileError,
} from "../../../src/providers/llama-cpp/engine/model-file.ts";
import { createGguf } from "../../support/gguf-writer.ts";
import { createTinyAdapter } from "../../support/tiny-adapter.ts";
import { createTinyEncoder, ENCODER_SHAPE, ENCODER_TOKENS } from "../../support/tiny-encoder.ts";
import { createTinyModel } from "../../support/tiny-model.ts";
import { createSpec } from "./create-spec.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tailor-gguf-"));
const model = createTinyModel();
const bytes = readFileSync(model);

function writeBytes(content: Uint8Array): string {
  const file = path.join(folder, "model.gguf");
  writeFileSync(file, content);
  return file;
}

/** A file that says these numbers of a llama. */
function writeShape(numbers: Readonly<Record<string, number>>): string {
  const shape = Object.entries(numbers).map(([key, value]) => [`llama.${key}`, { type: "uint32", value }]);
  const metadata = {
    "general.architecture": { type: "string", value: "llama" },
    ...Object.fromEntries(shape),
  };
  return writeBytes(
    createGguf(metadata, [{ name: "output_norm.weight", shape: [1], data: new Float32Array(1) }]),
  );
}

describe("checkModelFile", () => {
  it("reads what the engine needs to know of a good file", () => {
    const file = checkModelFile(model);
    expect(file).toMatchObject({ architecture: "llama", bytes: bytes.length });
    expect(file.vocabularySize).toBeGreaterThan(256);
    expect(file.numbers("block_count")).toEqual([2]);
  });

  it("lets a model that cannot write through where nobody wants it to", () => {
    expect(checkModelFile(createTinyEncoder(), "embeddings").architecture).toBe("bert");
  });

  it.each([
    ["a missing file", () => path.join(folder, "none.gguf"), /missing; put it/],
    ["a folder", () => folder, /is a folder/],
    ["an empty file", () => writeBytes(new Uint8Array()), /is empty/],
    ["zero bytes", () => writeBytes(new Uint8Array(4096)), /not a readable GGUF/],
    [
      "another file type",
      () => writeBytes(Buffer.from("PK\u0003\u0004 and some more")),
      /does not begin like/,
    ],
    ["another byte order", () => writeBytes(swapVersion(bytes)), /version is not 2 or 3/],
    ["an adapter", () => createTinyAdapter(), /is an adapter/],
    ["a model that cannot write", () => createTinyModel({ architecture: "bert" }), /cannot write text/],
  ])("says what is wrong with %s, and what to do", (_what, create, sentence) => {
    const file = create();
    expect(() => checkModelFile(file)).toThrow(ModelFileError);
    expect(() => checkModelFile(file)).toThrow(sentence);
    expect(() => checkModelFile(file)).not.toThrow(file);
  });

  it.each([
    ["attention.head_count", 0],
    ["attention.head_count_kv", 0],
    ["embedding_length", 0],
    ["context_length", 0],
    ["block_count", 0],
    ["block_count", 1_000_000],
  ])("calls a file whose %s is %i damaged", (key, value) => {
    const sentence = `the model file is damaged: its llama.${key} is ${value}; export it again.`;
    expect(() => checkModelFile(writeShape({ [key]: value }))).toThrow(new ModelFileError(sentence));
  });

  it("lets a model without attention through", () => {
    const file = checkModelFile(writeShape({ "attention.head_count": 0, "ssm.state_size": 16 }));
    expect(file.numbers("attention.head_count")).toEqual([0]);
  });

  it("notices a file that is cut short anywhere", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.length - 1 }), (length) => {
        expect(() => checkModelFile(writeBytes(bytes.subarray(0, length)))).toThrow(ModelFileError);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("survives any damage to the header", () => {
    const damage = fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        try {
          checkModelFile(writeBytes(damaged));
        } catch (error) {
          expect(error).toBeInstanceOf(ModelFileError);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("tells a lack of permission from other trouble", () => {
    const denied = Object.assign(new Error("EACCES: /secret/path"), { code: "EACCES" });
    expect(describeFileError(denied, "the model file").message).toMatch(/may not be read; give/);
    expect(describeFileError(new Error("EIO: /secret/path"), "the model file").message).not.toContain(
      "secret",
    );
  });
});

describe("checkAdapterFile", () => {
  const base = checkModelFile(model);

  it("takes an adapter of the same architecture", () => {
    expect(checkAdapterFile(createTinyAdapter(), base).bytes).toBeGreaterThan(0);
  });

  it.each([
    ["a whole model", () => model, /not a LoRA adapter/],
    ["another architecture's", () => createTinyAdapter({ architecture: "qwen2" }), /made for "qwen2"/],
    ["a missing one", () => path.join(folder, "none.gguf"), /the adapter file is missing/],
  ])("refuses %s", (_what, create, sentence) => {
    expect(() => checkAdapterFile(create(), base)).toThrow(sentence);
  });
});

describe("createChatTemplate", () => {
  it("says that a template does not parse, and quotes nothing of it", () => {
    const source = "{% for secret in messages %}";
    const error = new ModelFileError(
      "the model file's chat template cannot be read; correct it and export it again.",
    );
    expect(() => createChatTemplate({ source, bosText: "", eosText: "" })).toThrow(error);
  });
});

describe("planContext", () => {
  const file = checkModelFile(model);
  const spec = createSpec({ path: model });
  const plan = (budgetBytes: number, sequences: number | null = null, attention = USUAL_ATTENTION) =>
    planContext({
      file,
      spec,
      settings: { sequences, maxContextLength: 4096 },
      mostSequences: 8,
      batchTokens: 64,
      attention,
      budgetBytes,
    });
  // 2 layers, 4 heads of 16 numbers, keys and values of 2 bytes, 2,048 tokens.
  const perSequence = 2 * 4 * (16 + 16) * 2 * 2048;
  const working = plan(1e12).bytes - 8 * perSequence;

  it("takes as many sequences as fit beside the weights", () => {
    expect(plan(1e12)).toMatchObject({ sequences: 8, contextLength: 2048 });
    const room = file.bytes + working;
    expect(plan(room + 3.5 * perSequence).sequences).toBe(3);
    expect(plan(room + perSequence).sequences).toBe(1);
  });

  it("makes room for values of 32 bits", () => {
    const exact = plan(1e12, 8, { flash: false, valueType: "F32" });
    expect(exact.bytes - working).toBe(8 * perSequence * 1.5);
  });

  it("keeps the number that was asked for, or says that it does not fit", () => {
    expect(plan(1e12, 12).sequences).toBe(12);
    expect(() => plan(file.bytes + working + 3 * perSequence, 12)).toThrow(
      /not enough memory: it needs \d+ MB/,
    );
  });

  it("gives embeddings one sequence, and room for all of an input's logits at once", () => {
    const encoder = checkModelFile(createTinyEncoder({ contextLength: 128 }), "embeddings");
    const embedder = planContext({
      file: encoder,
      spec: createSpec({ path: "", use: "embeddings" }),
      settings: { sequences: 4, maxContextLength: 4096 },
      mostSequences: 8,
      batchTokens: null,
      attention: USUAL_ATTENTION,
      budgetBytes: 1e12,
    });
    const scores = 128 * ENCODER_SHAPE.heads;
    expect(embedder).toEqual({
      contextLength: 128,
      sequences: 1,
      batchTokens: 128,
      attention: USUAL_ATTENTION,
      bytes: 128 * 4 * (ENCODER_TOKENS.length + scores),
    });
  });

  it("asks no memory of a token where nothing attends to it", () => {
    const recurrent = checkModelFile(writeShape({ "attention.head_count": 0, "ssm.state_size": 16 }));
    const planned = planContext({
      file: recurrent,
      spec,
      settings: { sequences: null, maxContextLength: 4096 },
      mostSequences: 8,
      batchTokens: 64,
      attention: USUAL_ATTENTION,
      budgetBytes: 1e12,
    });
    expect(planned).toMatchObject({ sequences: 8, bytes: 64 * 4 * recurrent.vocabularySize });
  });

  it("refuses a model that does not fit at all", () => {
    expect(() => plan(file.bytes)).toThrow(/Lower maxContextLength or sequences/);
  });
});

function swapVersion(content: Buffer): Buffer {
  const swapped = Buffer.from(content);
  swapped.writeUInt32BE(3, 4);
  return swapped;
}
