import { createGguf, type GgufTensor } from "./gguf-writer.ts";
import { createRandom } from "./random.ts";
import { TINY_SHAPE, writeTestModel } from "./tiny-model.ts";

const RANK = 4;

/** Path of a LoRA adapter for the tiny model; other seeds say other things. */
export function createTinyAdapter(options: { seed?: number; architecture?: string } = {}): string {
  const { seed = 1, architecture = "llama" } = options;
  const random = createRandom(seed);
  const { layers, width } = TINY_SHAPE;
  const matrix = (name: string, columns: number, rows: number): GgufTensor => ({
    name,
    shape: [columns, rows],
    data: Float32Array.from({ length: columns * rows }, () => random() * 2 - 1),
  });
  const tensors: GgufTensor[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (const part of ["attn_v", "attn_output"]) {
      tensors.push(matrix(`blk.${layer}.${part}.weight.lora_a`, width, RANK));
      tensors.push(matrix(`blk.${layer}.${part}.weight.lora_b`, RANK, width));
    }
  }
  const metadata = {
    "general.architecture": { type: "string", value: architecture },
    "general.type": { type: "string", value: "adapter" },
    "adapter.type": { type: "string", value: "lora" },
    "adapter.lora.alpha": { type: "float32", value: RANK },
  } as const;
  return writeTestModel("adapter", createGguf(metadata, tensors));
}
