import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import type { Config, ProviderConfig } from "../config/config-schema.ts";
import { type Environment, REPOSITORY_ROOT } from "../config/environment.ts";
import { listUnusableProviders } from "../config/unusable-providers.ts";
import type { GatewayLogger } from "../gateway/gateway-logger.ts";
import type { SchemaCompiler } from "../json-schema/compiler/schema-compiler.ts";
import { createLlamaCppProvider, type LlamaCppProvider } from "../providers/llama-cpp/llama-cpp-provider.ts";
import { createModelRegistry } from "../providers/llama-cpp/model-registry.ts";
import { createOpenAiProvider } from "../providers/openai/create-openai-provider.ts";
import type { Provider } from "../providers/provider.ts";

export interface ConfiguredProviders {
  readonly active: ReadonlyMap<string, Provider>;
  /** Configured, but lacking something: what to do about it, in words. */
  readonly inactive: ReadonlyMap<string, string>;
  /** Those that run models on this machine. */
  readonly local: readonly LlamaCppProvider[];
}

interface ProviderSurroundings {
  readonly environment: Environment;
  readonly schemas?: SchemaCompiler | undefined;
  readonly logger?: Pick<GatewayLogger, "error"> | undefined;
}

/** The list of providers: every kind is made here and nowhere else. Local engines begin to load at once. */
export function createProviders(
  configs: Config["providers"],
  { environment, schemas, logger }: ProviderSurroundings,
): ConfiguredProviders {
  const inactive = listUnusableProviders(configs, environment);
  const active = new Map<string, Provider>();
  const local: LlamaCppProvider[] = [];
  for (const [id, config] of Object.entries(configs)) {
    if (inactive.has(id)) continue;
    if (config.kind === "llama-cpp") {
      const provider = createLocalProvider({ id, config, environment, schemas, logger });
      local.push(provider);
      active.set(id, provider);
      continue;
    }
    active.set(id, createUpstream({ id, config, environment }));
  }
  return { active, inactive, local };
}

function createLocalProvider(
  options: ProviderSurroundings & {
    readonly id: string;
    readonly config: Extract<ProviderConfig, { kind: "llama-cpp" }>;
  },
): LlamaCppProvider {
  const { id, environment, schemas, logger } = options;
  const { kind: _, modelsDir, gpu, ...settings } = options.config;
  const registry = createModelRegistry({ modelsDir: modelsDir ?? environment.modelsDir });
  const provider = createLlamaCppProvider({
    ...settings,
    id,
    source: registry,
    dataDir: environment.dataDir,
    schemas,
    onEngineDeath: (death) => logger?.error({ provider: id, ...death }, "the local engine ended"),
    gpu: gpu === "off" ? false : gpu,
  });
  return {
    ...provider,
    async close(deadlineMs) {
      registry.close();
      await provider.close(deadlineMs);
    },
  };
}

function createUpstream(options: {
  id: string;
  config: Extract<ProviderConfig, { kind: "openai" }>;
  environment: Environment;
}): Provider {
  const { id, environment } = options;
  const { kind: _, apiKeyEnv, prices: __, caFile, baseUrl, ...settings } = options.config;
  return createOpenAiProvider({
    ...settings,
    id,
    baseUrl: baseUrl ?? environment.openAiBaseUrl,
    apiKey: apiKeyEnv === null ? undefined : environment.readSecret(apiKeyEnv),
    ca: caFile === undefined ? undefined : readCertificates(id, caFile),
  });
}

function readCertificates(id: string, caFile: string): string {
  try {
    return readFileSync(resolve(REPOSITORY_ROOT, caFile), "utf8");
  } catch (cause) {
    throw new ConfigError(`providers.${id}.caFile: cannot read ${caFile}`, { cause });
  }
}
