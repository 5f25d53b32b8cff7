import { createGguf, type GgufTensor, type GgufValue } from "./gguf-writer.ts";
import { createRandom } from "./random.ts";
import { writeTestModel } from "./tiny-model.ts";

export const ENCODER_SHAPE = { layers: 2, width: 32, feedForward: 64, heads: 4 };
export const ENCODER_EPSILON = 1e-12;

/** GGUF's numbers. */
export const POOLING = { none: 0, mean: 1, cls: 2, last: 3, rank: 4 } as const;

export interface TinyEncoderOptions {
  /** Other seeds are other weights. */
  readonly seed?: number;
  readonly contextLength?: number;
  /** Null leaves it out of the file. */
  readonly pooling?: keyof typeof POOLING | null;
}

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const WORDS = ["a", "hello", "world", "the", "black", "red", "dress", "shoes", "and"];
/** WordPiece as GGUF has it: the beginnings of words are marked instead of their ends. */
export const ENCODER_TOKENS = [...SPECIAL, ...WORDS.map((word) => `\u2581${word}`), ..."abcdehlorsw"];
export const CLS = SPECIAL.indexOf("[CLS]");
export const SEP = SPECIAL.indexOf("[SEP]");
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;

/** Path of a real but random BERT GGUF (2 layers × 32), written once per machine and options. */
export function createTinyEncoder(options: TinyEncoderOptions = {}): string {
  const { seed = 1, contextLength = 128, pooling = "mean" } = options;
  const metadata = createMetadata(contextLength, pooling);
  const bytes = createGguf(metadata, createEncoderTensors({ seed, contextLength }));
  return writeTestModel(`tiny-encoder-${seed}-${contextLength}`, bytes);
}

export function createEncoderTensors({ seed = 1, contextLength = 128 }: TinyEncoderOptions): GgufTensor[] {
  const random = createRandom(seed);
  const { layers, width, feedForward } = ENCODER_SHAPE;
  const tensor = (name: string, shape: readonly number[], scale: number): GgufTensor => ({
    name,
    shape,
    data: Float32Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      () => (random() * 2 - 1) * scale,
    ),
  });
  const matrix = (name: string, [columns, rows]: readonly [number, number]) => [
    tensor(`${name}.weight`, [columns, rows], 0.3),
    tensor(`${name}.bias`, [rows], 0.1),
  ];
  const norm = (name: string) => [tensor(`${name}.weight`, [width], 1), tensor(`${name}.bias`, [width], 0.1)];
  const tensors = [
    tensor("token_embd.weight", [width, ENCODER_TOKENS.length], 1),
    tensor("token_types.weight", [width, 2], 0.5),
    tensor("position_embd.weight", [width, contextLength], 0.5),
    ...norm("token_embd_norm"),
  ];
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}`;
    for (const part of ["attn_q", "attn_k", "attn_v", "attn_output"]) {
      tensors.push(...matrix(name(part), [width, width]));
    }
    tensors.push(...norm(name("attn_output_norm")));
    tensors.push(...matrix(name("ffn_up"), [width, feedForward]));
    tensors.push(...matrix(name("ffn_down"), [feedForward, width]));
    tensors.push(...norm(name("layer_output_norm")));
  }
  return tensors;
}

function createMetadata(
  contextLength: number,
  pooling: keyof typeof POOLING | null,
): Record<string, GgufValue> {
  const number = (value: number) => ({ type: "uint32", value }) as const;
  const text = (value: string) => ({ type: "string", value }) as const;
  const { layers, width, feedForward, heads } = ENCODER_SHAPE;
  return {
    "general.architecture": text("bert"),
    "general.name": text("tailor-tiny-encoder"),
    "bert.block_count": number(layers),
    "bert.context_length": number(contextLength),
    "bert.embedding_length": number(width),
    "bert.feed_forward_length": number(feedForward),
    "bert.attention.head_count": number(heads),
    "bert.attention.layer_norm_epsilon": { type: "float32", value: ENCODER_EPSILON },
    "bert.attention.causal": { type: "bool", value: false },
    ...(pooling !== null && { "bert.pooling_type": number(POOLING[pooling]) }),
    "tokenizer.ggml.model": text("bert"),
    "tokenizer.ggml.token_type_count": number(2),
    "tokenizer.ggml.tokens": { type: "strings", value: ENCODER_TOKENS },
    "tokenizer.ggml.token_type": {
      type: "int32s",
      value: ENCODER_TOKENS.map((_, id) => {
        if (id >= SPECIAL.length) return NORMAL;
        return SPECIAL[id] === "[UNK]" ? UNKNOWN : CONTROL;
      }),
    },
    "tokenizer.ggml.padding_token_id": number(SPECIAL.indexOf("[PAD]")),
    "tokenizer.ggml.unknown_token_id": number(SPECIAL.indexOf("[UNK]")),
    "tokenizer.ggml.bos_token_id": number(CLS),
    "tokenizer.ggml.cls_token_id": number(CLS),
    "tokenizer.ggml.eos_token_id": number(SEP),
    "tokenizer.ggml.seperator_token_id": number(SEP),
    "tokenizer.ggml.mask_token_id": number(SPECIAL.indexOf("[MASK]")),
  };
}
