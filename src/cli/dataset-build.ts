import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { z } from "zod";
import { type BuildOptions, buildDataset, type Manifest } from "../dataset/build.ts";
import type { LicensePolicy } from "../dataset/license-policy.ts";
import {
  createJsonOption,
  createJudging,
  createPolicyOption,
  nameGeneratorFile,
  parsePercent,
} from "./dataset-options.ts";
import { readErased } from "./erased-samples.ts";
import { formatCounts } from "./format-counts.ts";
import { explainMissingFile } from "./missing-file.ts";
import { print } from "./output.ts";

interface BuildFlags {
  readonly synth: readonly string[];
  readonly mined: readonly string[];
  readonly extra: readonly string[];
  readonly out: string;
  readonly seed: string;
  readonly validPercent: number;
  readonly policy: LicensePolicy;
  /** False: without a look at what is erased. */
  readonly database?: string | false;
  readonly json: boolean;
}

export function addBuildCommand(dataset: Command): void {
  dataset
    .command("build")
    .description("judge, drop duplicates, split by group and describe: train, valid, schema and manifest")
    .option("--synth <files...>", "synthetic samples", [])
    .option("--mined <files...>", "samples that `mine` wrote", [])
    .option("--extra <files...>", "other samples", [])
    .requiredOption("--out <folder>", "folder to write")
    .option("--seed <text>", "salt of the split", "tailor")
    .option("--valid-percent <percent>", "share of groups in valid", parsePercent, 10)
    .addOption(createPolicyOption())
    .option("--database <url>", "database with the erasures (default: DATABASE_URL, when there is one)")
    .option("--no-database", "build without asking what was erased")
    .addOption(createJsonOption())
    .action((flags: BuildFlags, command: Command) => {
      const sources = [...flags.mined, ...flags.extra, ...flags.synth];
      if (sources.length === 0)
        command.error("error: name at least one file with --synth, --mined or --extra");
      return build(sources, flags);
    });
}

async function build(sources: readonly string[], flags: BuildFlags): Promise<void> {
  const building = buildDataset({
    ...createJudging(flags.policy),
    isErased: await readErased(flags.database),
    sources,
    out: flags.out,
    salt: flags.seed,
    validPercent: flags.validPercent,
    generators: await readGenerators(flags.synth),
  });
  const manifest = await explainMissingFile(building);
  print(manifest, { json: flags.json, lines: formatManifest(manifest, flags.out) });
}

const generatorSchema = z.record(z.string(), z.union([z.string(), z.number()]));

/** Files that `synth` did not write are described by their hash alone. */
async function readGenerators(files: readonly string[]): Promise<NonNullable<BuildOptions["generators"]>> {
  const texts = await Promise.all(files.map((file) => readOptional(nameGeneratorFile(file))));
  return texts.filter((text) => text !== null).map((text) => generatorSchema.parse(JSON.parse(text)));
}

async function readOptional(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function formatManifest(manifest: Manifest, out: string): string[] {
  const { samples, split } = manifest;
  const refused = formatCounts(manifest.refused);
  return [
    `${out}: ${samples.train} train, ${samples.valid} valid, ${split.groups} groups, version ${manifest.version}`,
    ...formatCounts(manifest.bySource),
    ...formatCounts(manifest.byLicenseClass),
    ...(refused.length > 0 ? ["refused", ...refused] : []),
  ];
}
