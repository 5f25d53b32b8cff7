import {
  createEncoderTensors,
  ENCODER_EPSILON,
  ENCODER_SHAPE,
  type TinyEncoderOptions,
} from "./tiny-encoder.ts";

type Vector = readonly number[];

/**
 * BERT as its paper has it, in double precision and without any of llama.cpp: the states of the last layer, one for each
 * token. `tokens` begin with [CLS] and end with [SEP].
 */
export function computeEncoderStates(tokens: readonly number[], options: TinyEncoderOptions = {}): Vector[] {
  const weights = new Map(createEncoderTensors(options).map((tensor) => [tensor.name, tensor]));
  const { width, layers } = ENCODER_SHAPE;
  const read = (name: string): Float32Array => {
    const data = weights.get(name)?.data;
    if (data === undefined) throw new Error(`the encoder has no ${name}`);
    return data;
  };
  const row = (name: string, index: number): Vector => [
    ...read(name).subarray(index * width, (index + 1) * width),
  ];
  const project = (name: string, input: Vector): Vector => {
    const matrix = read(`${name}.weight`);
    return [...read(`${name}.bias`)].map((bias, at) =>
      input.reduce((sum, value, column) => sum + value * (matrix[at * input.length + column] ?? 0), bias),
    );
  };
  const normalise = (name: string, input: Vector): Vector => {
    const mean = average(input);
    const scale = 1 / Math.sqrt(average(input.map((value) => (value - mean) ** 2)) + ENCODER_EPSILON);
    const [weight, bias] = [read(`${name}.weight`), read(`${name}.bias`)];
    return input.map((value, at) => (value - mean) * scale * (weight[at] ?? 0) + (bias[at] ?? 0));
  };

  let states = tokens.map((token, position) => {
    const parts = [
      row("token_embd.weight", token),
      row("token_types.weight", 0),
      row("position_embd.weight", position),
    ];
    return normalise("token_embd_norm", parts.reduce(add));
  });
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}`;
    const [queries, keys, values] = ["attn_q", "attn_k", "attn_v"].map((part) =>
      states.map((state) => project(name(part), state)),
    );
    if (queries === undefined || keys === undefined || values === undefined) throw new Error("no attention");
    states = states.map((state, at) => {
      const attended = attend(queries[at] ?? [], keys, values);
      const middle = normalise(name("attn_output_norm"), add(state, project(name("attn_output"), attended)));
      const inner = project(name("ffn_up"), middle).map(gelu);
      return normalise(name("layer_output_norm"), add(middle, project(name("ffn_down"), inner)));
    });
  }
  return states;
}

function attend(query: Vector, keys: readonly Vector[], values: readonly Vector[]): Vector {
  const { width, heads } = ENCODER_SHAPE;
  const size = width / heads;
  return Array.from({ length: heads }, (_, head) => {
    const part = (vector: Vector): Vector => vector.slice(head * size, (head + 1) * size);
    const scores = keys.map((key) => Math.exp(dot(part(query), part(key)) / Math.sqrt(size)));
    const total = scores.reduce((sum, score) => sum + score, 0);
    const weighted = values.map(
      (value, at): Vector => part(value).map((number) => (number * (scores[at] ?? 0)) / total),
    );
    return weighted.reduce(add);
  }).flat();
}

/** The approximation that llama.cpp and most BERTs use. */
function gelu(value: number): number {
  return 0.5 * value * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3)));
}

export function dot(left: Vector, right: Vector): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
}

export function add(left: Vector, right: Vector): Vector {
  return left.map((value, at) => value + (right[at] ?? 0));
}

export function toUnitLength(vector: Vector): Vector {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function average(values: Vector): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
