import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { DatasetVersion } from "../dataset/find-derived.ts";
import type { RegistryContent } from "./model-registry-file.ts";

const cardSchema = z.looseObject({ datasetManifestSha256: z.string().optional() });
const manifestSchema = z.looseObject({ version: z.string().optional() });

/** Names of the registered models that were trained on one of the data sets, by manifest hash or by version. */
export function findTrainedModels(
  { modelsDir, models }: Pick<RegistryContent, "models"> & { readonly modelsDir: string },
  datasets: readonly DatasetVersion[],
): readonly string[] {
  const hashes = new Set(datasets.map(({ manifestSha256 }) => manifestSha256));
  const versions = new Set(datasets.map(({ version }) => version));
  return models
    .filter((model) => {
      const folder = join(modelsDir, model.path);
      const own = cardSchema.safeParse(model).data?.datasetManifestSha256;
      const card = cardSchema.safeParse(readJson(join(folder, "model.json"))).data?.datasetManifestSha256;
      const manifest = manifestSchema.safeParse(readJson(join(folder, "dataset-manifest.json"))).data;
      return hashes.has(own ?? "") || hashes.has(card ?? "") || versions.has(manifest?.version ?? "");
    })
    .map(({ name }) => name);
}

/** Undefined for what is not there or no JSON. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
