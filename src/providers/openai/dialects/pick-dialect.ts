import { azureDialect } from "./azure.ts";
import type { Dialect, DialectName } from "./dialect.ts";
import { genericDialect } from "./generic.ts";
import { llamaServerDialect } from "./llama-server.ts";
import { ollamaDialect } from "./ollama.ts";
import { openAiDialect } from "./openai.ts";
import { vllmDialect } from "./vllm.ts";

const dialects: Readonly<Record<DialectName, Dialect>> = {
  openai: openAiDialect,
  azure: azureDialect,
  "llama-server": llamaServerDialect,
  vllm: vllmDialect,
  ollama: ollamaDialect,
  generic: genericDialect,
};

export function pickDialect(name: DialectName): Dialect {
  return dialects[name];
}
