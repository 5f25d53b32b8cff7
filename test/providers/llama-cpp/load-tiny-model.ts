import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Llama } from "node-llama-cpp";
import { createBaseModels } from "../../../src/providers/llama-cpp/engine/base-models.ts";
import {
  type LoadedModel,
  loadModel,
  type TextLoadOptions,
} from "../../../src/providers/llama-cpp/engine/loaded-model.ts";
import { planLoad } from "../../../src/providers/llama-cpp/engine/plan-load.ts";
import { createPrefixShelf } from "../../../src/providers/llama-cpp/engine/prefix-store.ts";
import type { EngineSettings } from "../../../src/providers/llama-cpp/engine-messages.ts";
import { withDefaults } from "../../../src/providers/llama-cpp/llama-cpp-options.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import { createTinyModel } from "../../support/tiny-model.ts";
import { createSpec } from "./create-spec.ts";

/** The tiny model as the engine loads it, in this process. */
export async function loadTinyModel(
  llama: Llama,
  changes: Partial<EngineSettings>,
  options: Pick<TextLoadOptions, "isBusy" | "now"> = {},
): Promise<LoadedModel> {
  const folder = mkdtempSync(path.join(tmpdir(), "tailor-loaded-"));
  const defaults = withDefaults({ id: "local", source: createFixedModelSource([]), dataDir: folder });
  const settings = { ...defaults.settings, ...changes };
  const spec = createSpec({ path: createTinyModel(), contextLength: 256 });
  return await loadModel({
    llama,
    bases: createBaseModels(llama),
    spec,
    settings,
    plan: planLoad({ llama, spec, settings, mostSequences: 1, budgetBytes: 1e9 }),
    prefixes: createPrefixShelf({ path: folder, maxBytes: 1000 }).open(),
    ngrams: null,
    onProgress: () => {},
    ...options,
  });
}
