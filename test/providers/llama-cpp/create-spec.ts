import type { EngineModel } from "../../../src/providers/llama-cpp/engine-messages.ts";

/** A model as the engine is asked for it. */
export function createSpec(fields: Partial<EngineModel> & Pick<EngineModel, "path">): EngineModel {
  return {
    name: "tiny",
    version: "1",
    adapterPath: null,
    contextLength: null,
    use: "text",
    pooling: null,
    ...fields,
  };
}
