import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createGguf, type GgufTensor, type GgufValue } from "./gguf-writer.ts";
import { createRandom } from "./random.ts";
import { createTinyVocabulary } from "./tiny-vocabulary.ts";

export const TINY_SHAPE = { layers: 2, width: 64, feedForward: 128, heads: 4, contextLength: 2048 };
const CHAT_TEMPLATE =
  "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}" +
  "{{ '<|im_start|>system\\nYou are a helpful assistant<|im_end|>\\n' }}{% endif %}" +
  "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

export interface TinyModelOptions {
  /** Other seeds are other weights, so that two models can be told apart. */
  readonly seed?: number;
  readonly contextLength?: number;
  /** What the file claims to be. */
  readonly architecture?: string;
  /** Makes it a model of embeddings, by GGUF's number of the pooling. */
  readonly poolingType?: number;
}

/** Path of a real but random llama GGUF (2 layers × 64, ~600 tokens, 0.5 MB), written once per machine and options. */
export function createTinyModel(options: TinyModelOptions = {}): string {
  const { seed = 1, contextLength = TINY_SHAPE.contextLength, architecture = "llama", poolingType } = options;
  const metadata = {
    ...(poolingType !== undefined && {
      [`${architecture}.pooling_type`]: { type: "uint32", value: poolingType } as const,
    }),
    ...createMetadata(contextLength),
    "general.architecture": { type: "string", value: architecture },
  } as const;
  return writeTestModel(`tiny-${seed}-${contextLength}`, createGguf(metadata, createTensors(seed)));
}

/** Keeps the bytes in the machine's folder of test models, under a name that changes with them. */
export function writeTestModel(name: string, bytes: Buffer): string {
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const folder = path.join(tmpdir(), "tailor-test-models");
  const file = path.join(folder, `${name}-${digest}.gguf`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, file);
  return file;
}

function createMetadata(contextLength: number): Record<string, GgufValue> {
  const vocabulary = createTinyVocabulary();
  return {
    "general.name": { type: "string", value: "tailor-tiny-test" },
    "llama.block_count": { type: "uint32", value: TINY_SHAPE.layers },
    "llama.context_length": { type: "uint32", value: contextLength },
    "llama.embedding_length": { type: "uint32", value: TINY_SHAPE.width },
    "llama.feed_forward_length": { type: "uint32", value: TINY_SHAPE.feedForward },
    "llama.attention.head_count": { type: "uint32", value: TINY_SHAPE.heads },
    "llama.attention.head_count_kv": { type: "uint32", value: TINY_SHAPE.heads },
    "llama.attention.layer_norm_rms_epsilon": { type: "float32", value: 1e-5 },
    "llama.rope.dimension_count": { type: "uint32", value: TINY_SHAPE.width / TINY_SHAPE.heads },
    "llama.vocab_size": { type: "uint32", value: vocabulary.tokens.length },
    "tokenizer.ggml.model": { type: "string", value: "gpt2" },
    "tokenizer.ggml.pre": { type: "string", value: "smollm" },
    "tokenizer.ggml.tokens": { type: "strings", value: vocabulary.tokens },
    "tokenizer.ggml.token_type": { type: "int32s", value: vocabulary.tokenTypes },
    "tokenizer.ggml.merges": { type: "strings", value: vocabulary.merges },
    "tokenizer.ggml.bos_token_id": { type: "uint32", value: vocabulary.endOfTextId },
    "tokenizer.ggml.eos_token_id": { type: "uint32", value: vocabulary.endOfTurnId },
    "tokenizer.ggml.add_bos_token": { type: "bool", value: false },
    "tokenizer.chat_template": { type: "string", value: CHAT_TEMPLATE },
  };
}

function createTensors(seed: number): GgufTensor[] {
  const random = createRandom(seed);
  const { width, feedForward, layers } = TINY_SHAPE;
  const vocabularySize = createTinyVocabulary().tokens.length;
  const matrix = (name: string, columns: number, rows: number, scale: number): GgufTensor => ({
    name,
    shape: [columns, rows],
    data: Float32Array.from({ length: columns * rows }, () => (random() * 2 - 1) * scale),
  });
  const norm = (name: string): GgufTensor => ({
    name,
    shape: [width],
    data: new Float32Array(width).fill(1),
  });
  const tensors = [matrix("token_embd.weight", width, vocabularySize, 1), norm("output_norm.weight")];
  tensors.push(matrix("output.weight", width, vocabularySize, 0.3));
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    tensors.push(norm(name("attn_norm")), norm(name("ffn_norm")));
    for (const part of ["attn_q", "attn_k", "attn_v", "attn_output"]) {
      tensors.push(matrix(name(part), width, width, 0.2));
    }
    tensors.push(
      matrix(name("ffn_gate"), width, feedForward, 0.2),
      matrix(name("ffn_up"), width, feedForward, 0.2),
    );
    tensors.push(matrix(name("ffn_down"), feedForward, width, 0.2));
  }
  return tensors;
}
