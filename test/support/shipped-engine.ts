import path from "node:path";
import type { LlamaCppProviderOptions } from "../../src/providers/llama-cpp/llama-cpp-options.ts";
import {
  createLlamaCppProvider,
  type LlamaCppProvider,
} from "../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource } from "../../src/providers/llama-cpp/model-source.ts";

const file = path.resolve(import.meta.dirname, "../../models/stylist-135m/stylist-135m-q5_0.gguf");

/** A provider over a real engine process with the shipped model, on one thread of the CPU. */
export function createShippedProvider(options: Partial<LlamaCppProviderOptions> = {}): LlamaCppProvider {
  const model = { name: "stylist-135m", path: file, version: "1", created: 1_700_000_000 };
  return createLlamaCppProvider({
    id: "local",
    source: createFixedModelSource([model]),
    gpu: false,
    threads: 1,
    sequences: 2,
    ...options,
  });
}
