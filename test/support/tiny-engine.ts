import type { LlamaCppProviderOptions } from "../../src/providers/llama-cpp/llama-cpp-options.ts";
import {
  createLlamaCppProvider,
  type LlamaCppProvider,
} from "../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource, type SourceModel } from "../../src/providers/llama-cpp/model-source.ts";
import { createTinyModel, type TinyModelOptions } from "./tiny-model.ts";

/** A tiny model as a source lists it. */
export function createTinySourceModel(name: string, options: TinyModelOptions = {}): SourceModel {
  return { name, path: createTinyModel(options), version: `${name}@1`, created: 1_700_000_000 };
}

/** A provider over a real engine process with the tiny model, on one thread of the CPU. */
export function createTinyProvider(options: Partial<LlamaCppProviderOptions> = {}): LlamaCppProvider {
  return createLlamaCppProvider({
    id: "local",
    source: createFixedModelSource([createTinySourceModel("tiny")]),
    gpu: false,
    threads: 1,
    sequences: 2,
    ...options,
  });
}
