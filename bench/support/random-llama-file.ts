/**
 * A GGUF of TinyLlama-1.1B's shape with random weights, quantised like Q4_K_M: its speed is a real model's, its text
 * is not. The vocabulary is that of llama.cpp's own `ggml-vocab-llama-spm.gguf`. Written once, outside the repository.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { createRandom } from "../../test/support/random.ts";
import { readMetadata } from "./gguf-metadata.ts";

const SHAPE = { layers: 22, width: 2048, feedForward: 5632, heads: 32, keyHeads: 4, contextLength: 2048 };
const KEY_WIDTH = (SHAPE.width / SHAPE.heads) * SHAPE.keyHeads;
const ALIGNMENT = 32;
/** ggml's numbers of the types, and bytes and weights of a block. */
const F32 = { id: 0, bytes: 4, weights: 1 };
const Q4_K = { id: 12, bytes: 144, weights: 256 };
const Q6_K = { id: 14, bytes: 210, weights: 256 };
/** Half-precision scales that give weights a spread of about 0.02. */
const Q4_K_SCALES = [0x0926, 0x14d3];
const Q6_K_SCALE = 0x00fc;

/** Unknown, begin, end, and the 256 single bytes, in a Llama vocabulary. */
const TOKENS_WITHOUT_TEXT = 259;

type TensorType = typeof F32 | typeof Q4_K | typeof Q6_K;
interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
}

export function createRandomLlamaFile(options: {
  readonly vocabulary: string;
  readonly file: string;
}): string {
  const { file } = options;
  if (existsSync(file)) return file;
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  const output = openSync(temporary, "w");
  const { tokens, entries } = readMetadata(readFileSync(options.vocabulary), "tokenizer.");
  const tensors = listTensors(tokens);
  let written = writeSync(output, createHead(tensors, entries));
  written += writeSync(output, Buffer.alloc(pad(written) - written));
  const random = createRandom(1);
  for (const tensor of tensors) writeSync(output, createWeights(tensor, random));
  closeSync(output);
  renameSync(temporary, file);
  return file;
}

function listTensors(tokens: number): Tensor[] {
  const { width, feedForward, layers } = SHAPE;
  const tensors: Tensor[] = [
    { name: "token_embd.weight", shape: [width, tokens], type: Q4_K },
    { name: "output_norm.weight", shape: [width], type: F32 },
    { name: "output.weight", shape: [width, tokens], type: Q6_K },
  ];
  for (let layer = 0; layer < layers; layer++) {
    const add = (part: string, shape: readonly number[], type: TensorType) =>
      tensors.push({ name: `blk.${layer}.${part}.weight`, shape, type });
    // As llama.cpp's Q4_K_M does: six bits where errors weigh most.
    const precise = usesMoreBits(layer) ? Q6_K : Q4_K;
    add("attn_norm", [width], F32);
    add("ffn_norm", [width], F32);
    add("attn_q", [width, width], Q4_K);
    add("attn_k", [width, KEY_WIDTH], Q4_K);
    add("attn_v", [width, KEY_WIDTH], precise);
    add("attn_output", [width, width], Q4_K);
    add("ffn_gate", [width, feedForward], Q4_K);
    add("ffn_up", [width, feedForward], Q4_K);
    add("ffn_down", [feedForward, width], precise);
  }
  return tensors;
}

function usesMoreBits(layer: number): boolean {
  const eighth = Math.floor(SHAPE.layers / 8);
  return layer < eighth || layer >= 7 * eighth || (layer - eighth) % 3 === 2;
}

function createHead(tensors: readonly Tensor[], vocabulary: readonly Buffer[]): Buffer {
  const own = [
    text("general.architecture", "llama"),
    text("general.name", "random-tinyllama-shape"),
    number("llama.block_count", SHAPE.layers),
    number("llama.context_length", SHAPE.contextLength),
    number("llama.embedding_length", SHAPE.width),
    number("llama.feed_forward_length", SHAPE.feedForward),
    number("llama.attention.head_count", SHAPE.heads),
    number("llama.attention.head_count_kv", SHAPE.keyHeads),
    number("llama.rope.dimension_count", SHAPE.width / SHAPE.heads),
    entry("llama.attention.layer_norm_rms_epsilon", 6, float32(1e-5)),
  ];
  const entries = [...own, ...vocabulary];
  const parts = [Buffer.from("GGUF"), uint32(3), uint64(tensors.length), uint64(entries.length), ...entries];
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape, type } = tensor;
    parts.push(string(name), uint32(shape.length), ...shape.map(uint64), uint32(type.id), uint64(offset));
    offset += pad(measureBytes(tensor));
  }
  return Buffer.concat(parts);
}

function measureBytes({ shape, type }: Tensor): number {
  return (shape.reduce((product, size) => product * size, 1) / type.weights) * type.bytes;
}

function createWeights(tensor: Tensor, random: () => number): Buffer {
  const size = measureBytes(tensor);
  const bytes = Buffer.alloc(pad(size));
  if (tensor.type === F32) {
    for (let at = 0; at < size; at += 4) bytes.writeFloatLE(1, at);
    return bytes;
  }
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  for (let block = 0; block < size; block += tensor.type.bytes) {
    if (tensor.type === Q6_K) bytes.writeUInt16LE(Q6_K_SCALE, block + tensor.type.bytes - 2);
    else for (const [index, scale] of Q4_K_SCALES.entries()) bytes.writeUInt16LE(scale, block + index * 2);
  }
  // Nothing else is ever the likeliest token: lone bytes would be no text, and llama-server ends an answer with them in
  // an error.
  if (tensor.name === "output.weight")
    bytes.fill(0, 0, (TOKENS_WITHOUT_TEXT * size) / (tensor.shape[1] ?? 1));
  return bytes;
}

const pad = (length: number) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;
const entry = (key: string, type: number, value: Buffer) => Buffer.concat([string(key), uint32(type), value]);
const text = (key: string, value: string) => entry(key, 8, string(value));
const number = (key: string, value: number) => entry(key, 4, uint32(value));

function string(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
