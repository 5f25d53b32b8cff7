import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { readFileStamp } from "./file-stamp.ts";
import type { EmbeddingSettings, ModelCatalogue, ModelSource, SourceModel } from "./model-source.ts";

/** Models that are registered but must not answer. */
const NOT_SERVED = new Set(["rejected", "retired"]);

/** `true` and `false` overrule what the file says of itself; an object is `true` with details. */
export const registeredEmbeddingsSchema = z.union([
  z.boolean(),
  z.strictObject({ pooling: z.enum(["mean", "cls", "last"]).optional(), matryoshka: z.boolean().optional() }),
]);

/** Keys beyond these belong to whoever trains and judges models; they are not the engine's business. */
const registeredModelSchema = z.looseObject({
  name: z.string().min(1),
  /** Folder of the model, relative to the registry's. */
  path: z.string().min(1),
  /** The GGUF's name inside it. */
  file: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  status: z.string().min(1),
  createdAt: z.iso.datetime({ offset: true }),
  aliases: z.array(z.string().min(1)).default([]),
  contextLength: z.number().int().min(256).optional(),
  /** A LoRA GGUF laid over the file, in the same folder. */
  adapter: z.strictObject({ name: z.string().min(1), file: z.string().min(1) }).nullish(),
  adapterSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  embeddings: registeredEmbeddingsSchema.optional(),
});
export type RegisteredModel = z.infer<typeof registeredModelSchema>;

export const modelRegistrySchema = z.strictObject({
  schemaVersion: z.literal(1),
  default: z.string().min(1).nullable(),
  models: z.array(registeredModelSchema),
});

export interface ModelRegistry extends ModelSource {
  /** Why the file on disk is not the one in use, or null. */
  problem(): string | null;
  close(): void;
}

export interface ModelRegistryOptions {
  /** Folder that holds `registry.json`. */
  readonly modelsDir: string;
  readonly pollMs?: number;
}

/**
 * The models of `<modelsDir>/registry.json`, followed while the gateway runs. The file is polled rather than watched:
 * writers replace it by renaming, which watchers lose on some file systems. A broken file keeps the last good one.
 */
export function createModelRegistry({ modelsDir, pollMs = 500 }: ModelRegistryOptions): ModelRegistry {
  const file = path.resolve(modelsDir, "registry.json");
  const listeners = new Set<() => void>();
  let catalogue: ModelCatalogue = { models: [], defaultName: null };
  let problem: string | null = null;
  let seen: string | null | undefined;

  function refresh(): boolean {
    const stamp = readFileStamp(file);
    if (stamp === seen) return false;
    seen = stamp;
    if (stamp === null) {
      problem = "models/registry.json is missing.";
      return false;
    }
    try {
      catalogue = parseRegistry(path.dirname(file), readFileSync(file, "utf8"));
      problem = null;
      return true;
    } catch (error) {
      problem = `models/registry.json is not usable: ${describeProblem(error)}`;
      return false;
    }
  }

  refresh();
  const timer = setInterval(() => {
    if (refresh()) for (const listener of listeners) listener();
  }, pollMs);
  timer.unref();

  return {
    current: () => catalogue,
    problem: () => problem,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      clearInterval(timer);
      listeners.clear();
    },
  };
}

function parseRegistry(folder: string, text: string): ModelCatalogue {
  const registry = modelRegistrySchema.parse(JSON.parse(text));
  const models = registry.models
    .filter((model) => !NOT_SERVED.has(model.status))
    .map((model) => convertToSourceModel(folder, model));
  const defaultModel = registry.default;
  if (defaultModel !== null && !models.some(({ name }) => name === defaultModel)) {
    throw new Error("its default is not one of the models that may be served");
  }
  return { models, defaultName: defaultModel };
}

function convertToSourceModel(folder: string, model: RegisteredModel): SourceModel {
  return {
    name: model.name,
    path: resolveInside(folder, path.join(model.path, model.file)),
    version: describeVersion(model),
    created: Math.floor(Date.parse(model.createdAt) / 1000),
    aliases: model.aliases,
    ...(model.contextLength !== undefined && { contextLength: model.contextLength }),
    ...(model.embeddings !== undefined && { embeddings: convertToSettings(model.embeddings) }),
    ...(model.adapter && {
      adapter: {
        name: model.adapter.name,
        path: resolveInside(folder, path.join(model.path, model.adapter.file)),
      },
    }),
  };
}

/** The hashes alone would do; the name makes log rows readable. */
function describeVersion({ name, sha256, adapter, adapterSha256 }: RegisteredModel): string {
  const base = `${name}@${sha256.slice(0, 12)}`;
  return adapter ? `${base}+${adapterSha256?.slice(0, 12) ?? adapter.name}` : base;
}

function convertToSettings(embeddings: z.infer<typeof registeredEmbeddingsSchema>): EmbeddingSettings {
  if (typeof embeddings === "boolean") return { isOn: embeddings, isMatryoshka: false };
  return { isOn: true, pooling: embeddings.pooling, isMatryoshka: embeddings.matryoshka ?? false };
}

function resolveInside(folder: string, relative: string): string {
  const resolved = path.resolve(folder, relative);
  if (!resolved.startsWith(folder + path.sep)) throw new Error("a model's path leaves the models folder");
  return resolved;
}

function describeProblem(error: unknown): string {
  if (error instanceof z.ZodError) {
    const issue = error.issues[0];
    return issue === undefined ? "wrong form" : `${issue.path.join(".")}: ${issue.message}`;
  }
  return error instanceof Error ? error.message : "unreadable";
}
