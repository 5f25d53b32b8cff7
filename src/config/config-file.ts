import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ConfigError } from "./config-error.ts";
import { type Config, configSchema } from "./config-schema.ts";
import { REPOSITORY_ROOT } from "./environment.ts";

/**
 * Reads the configuration: the named file, else `tailor.config.yaml` in the working directory, else the one that
 * comes with Tailor. YAML, so JSON as well.
 * @throws ConfigError with file and path of the first thing wrong
 */
export function loadConfig(configPath: string | undefined): Config {
  if (configPath !== undefined) return parseConfig(readText(configPath), configPath);
  const [path, text] = readFirst(["tailor.config.yaml", join(REPOSITORY_ROOT, "tailor.config.yaml")]);
  return parseConfig(text, path);
}

function readFirst(paths: readonly string[]): [path: string, text: string] {
  for (const path of paths) {
    try {
      return [path, readFileSync(path, "utf8")];
    } catch {
      // The next place may have it.
    }
  }
  throw new ConfigError(`No configuration file found: looked for ${paths.join(" and ")}.`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new ConfigError(`The configuration file ${path} cannot be read.`, { cause });
  }
}

function parseConfig(text: string, path: string): Config {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new ConfigError(`${path}: ${error instanceof Error ? error.message : "not YAML"}`);
  }
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    (issue) => `  ${issue.path.map(String).join(".") || "(file)"}: ${issue.message}`,
  );
  throw new ConfigError(`${path} is not a valid configuration:\n${lines.join("\n")}`);
}
