import type { Config } from "./config-schema.ts";
import type { Environment } from "./environment.ts";

/** Configured providers that lack something, with what to do about it. */
export function listUnusableProviders(
  configs: Config["providers"],
  environment: Environment,
): ReadonlyMap<string, string> {
  const lacking = new Map<string, string>();
  for (const [id, config] of Object.entries(configs)) {
    if (config.kind !== "openai" || config.apiKeyEnv === null) continue;
    if (environment.readSecret(config.apiKeyEnv) === undefined) lacking.set(id, `set ${config.apiKeyEnv}.`);
  }
  return lacking;
}
