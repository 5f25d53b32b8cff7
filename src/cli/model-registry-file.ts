import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import {
  modelRegistrySchema,
  type RegisteredModel,
  registeredEmbeddingsSchema,
} from "../providers/llama-cpp/model-registry.ts";
import { CommandFailed } from "./output.ts";

export type RegistryContent = z.infer<typeof modelRegistrySchema>;

/** What a model's own card file may tell the registry. */
const modelCardSchema = z.looseObject({
  file: z.string().optional(),
  aliases: z.array(z.string()).optional(),
  contextLength: z.number().int().optional(),
  adapter: z.strictObject({ name: z.string(), file: z.string() }).nullish(),
  embeddings: registeredEmbeddingsSchema.optional(),
});

export function readRegistry(modelsDir: string): RegistryContent {
  const path = join(modelsDir, "registry.json");
  if (!existsSync(path)) return { schemaVersion: 1, default: null, models: [] };
  const result = modelRegistrySchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (result.success) return result.data;
  throw new CommandFailed(
    `${path} is not a model registry: ${result.error.issues[0]?.message ?? "wrong form"}.`,
  );
}

/** Replaced by renaming, so that a running server never reads half a file. */
export function writeRegistry(modelsDir: string, content: RegistryContent): void {
  const path = join(modelsDir, "registry.json");
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(temporary, path);
}

/** The registry entry of `<modelsDir>/<name>`, from its `model.json` and the GGUF itself. */
export async function describeModel(options: {
  modelsDir: string;
  name: string;
  file: string | undefined;
  now: () => number;
}): Promise<RegisteredModel> {
  const { modelsDir, name, now } = options;
  const card = readCard(join(modelsDir, name, "model.json"));
  const file = options.file ?? card.file;
  if (file === undefined)
    throw new CommandFailed("Name the GGUF with --file; no model.json says which it is.");
  return {
    name,
    path: name,
    file,
    sha256: await hashFile(join(modelsDir, name, file)),
    status: "candidate",
    createdAt: new Date(now()).toISOString(),
    aliases: card.aliases ?? [],
    ...(card.contextLength === undefined ? {} : { contextLength: card.contextLength }),
    ...(card.adapter && {
      adapter: card.adapter,
      adapterSha256: await hashFile(join(modelsDir, name, card.adapter.file)),
    }),
    ...(card.embeddings === undefined ? {} : { embeddings: card.embeddings }),
  };
}

function readCard(path: string): z.infer<typeof modelCardSchema> {
  return existsSync(path) ? modelCardSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : {};
}

async function hashFile(path: string): Promise<string> {
  if (!existsSync(path)) throw new CommandFailed(`There is no file ${path}.`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
