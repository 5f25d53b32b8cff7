import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { getLlama } from "node-llama-cpp";
import { loadConfig } from "../config/config-file.ts";
import { type Environment, REPOSITORY_ROOT, readEnvironment } from "../config/environment.ts";
import { listUnusableProviders } from "../config/unusable-providers.ts";
import { loadLexicon } from "../style/load-lexicon.ts";
import { type Check, createLogChecks } from "./examine-log.ts";
import { readRegistry } from "./model-registry-file.ts";

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what to do about it. */
  readonly detail: string;
}

const OLDEST_NODE = 24;

/** Looks at everything a start depends on; each finding stands for itself. */
export async function examine(): Promise<readonly Finding[]> {
  const environment = readEnvironment();
  const checks: readonly Check[] = [
    ["node", checkNode],
    ["configuration", () => checkConfiguration(environment)],
    ["data folder", () => checkDataFolder(environment)],
    ...createLogChecks(environment, Date.now),
    ["style data", checkStyleData],
    ["models", () => checkModels(environment)],
    ["engine", checkEngine],
  ];
  const findings: Finding[] = [];
  for (const [name, check] of checks) {
    try {
      findings.push({ name, ok: true, detail: await check() });
    } catch (error) {
      findings.push({ name, ok: false, detail: error instanceof Error ? error.message : "failed" });
    }
  }
  return findings;
}

function checkNode(): string {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= OLDEST_NODE) return node;
  throw new Error(
    `Node ${node} is too old: run Tailor through npm scripts, which bring Node ${OLDEST_NODE}.`,
  );
}

function checkConfiguration(environment: Environment): string {
  const config = loadConfig(environment.configPath);
  const lacking = [...listUnusableProviders(config.providers, environment)].map(
    ([id, lack]) => `${id}: ${lack}`,
  );
  const count = `${config.routes.length} routes, ${Object.keys(config.providers).length} providers`;
  return lacking.length === 0 ? count : `${count} (not in use: ${lacking.join(" ")})`;
}

function checkDataFolder({ dataDir }: Environment): string {
  mkdirSync(dataDir, { recursive: true });
  accessSync(dataDir, constants.W_OK);
  return dataDir;
}

function checkStyleData(): string {
  const { garments, brands, occasions } = loadLexicon(join(REPOSITORY_ROOT, "data", "style"));
  return `${garments.length} garments, ${brands.length} brands, ${occasions.length} occasions`;
}

function checkModels({ modelsDir }: Environment): string {
  const registry = readRegistry(modelsDir);
  const model = registry.models.find(({ name }) => name === registry.default);
  if (model === undefined) throw new Error(`No default model in ${join(modelsDir, "registry.json")}.`);
  const file = join(modelsDir, model.path, model.file);
  if (!existsSync(file)) throw new Error(`The default model's file is missing: ${file}.`);
  return `default ${model.name}, ${registry.models.length} registered`;
}

async function checkEngine(): Promise<string> {
  const llama = await getLlama({ build: "never", gpu: "auto", skipDownload: true, progressLogs: false });
  const { gpu, cpuMathCores } = llama;
  await llama.dispose();
  return `llama.cpp on ${gpu === false ? "cpu" : gpu}, ${cpuMathCores} cores`;
}
