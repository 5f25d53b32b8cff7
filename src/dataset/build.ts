import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Collection, collectSamples } from "./collect-samples.ts";
import type { LicensePolicy } from "./license-policy.ts";
import { createLineWriter, type LineFileFacts } from "./line-files.ts";
import type { ReasonCounts } from "./reason-counts.ts";
import { createSampleJsonSchema } from "./sample.ts";
import type { ValidationOptions } from "./validate.ts";
import { findLeaks, SIDE_FILES, type WrittenSplit, writeSplit } from "./write-split.ts";

const MANIFEST_FILE = "manifest.json";
const SCHEMA_FILE = "schema.json";

export interface BuildOptions extends ValidationOptions {
  /** Files of samples. Of equal inputs the better source wins, then the earlier file. */
  readonly sources: readonly string[];
  /** Folder to write; files of the same names in it are replaced, others stay. */
  readonly out: string;
  /** Decides the split: the same salt and samples give the same sides. */
  readonly salt: string;
  /** 0 to 100, one decimal counts. */
  readonly validPercent: number;
  /** Generator, version and seed of synthetic sources, as the generator tells them. */
  readonly generators?: readonly Readonly<Record<string, string | number>>[] | undefined;
}

/** `manifest.json`. Holds no time and no folder: equal inputs make equal bytes. */
export interface Manifest {
  readonly format: 1;
  /** First 16 hex digits of the hash over the hashes of the other files. */
  readonly version: string;
  readonly promptVersion: string;
  readonly policy: LicensePolicy;
  readonly generators: readonly Readonly<Record<string, string | number>>[];
  readonly split: { readonly salt: string; readonly validPercent: number; readonly groups: number };
  readonly inputs: readonly LineFileFacts[];
  readonly outputs: readonly LineFileFacts[];
  readonly samples: { readonly train: number; readonly valid: number };
  readonly bySource: ReasonCounts;
  readonly byLicenseClass: ReasonCounts;
  /** Refused lines by reason code. */
  readonly refused: ReasonCounts;
  readonly leaks: Readonly<Record<string, number>>;
}

/** Something ties train to valid: the build is wrong and nothing was written. */
class DatasetLeakError extends Error {
  override readonly name = "DatasetLeakError";
  readonly leaks: Readonly<Record<string, number>>;

  constructor(leaks: Readonly<Record<string, number>>) {
    super(`Train and valid share ${JSON.stringify(leaks)}; the data set was not written.`);
    this.leaks = leaks;
  }
}

/**
 * Builds a data set: judge, drop duplicates, split by group, check for leaks, describe. Works beside the output folder
 * and moves finished files in, the manifest last, so a reader that checks the manifest's hashes never sees a half build.
 * @throws DatasetLeakError
 */
export async function buildDataset(options: BuildOptions): Promise<Manifest> {
  const out = resolve(options.out);
  await mkdir(dirname(out), { recursive: true });
  const workshop = await mkdtemp(join(dirname(out), `.${basename(out)}-`));
  try {
    const manifest = await buildIn(workshop, options);
    await mkdir(out, { recursive: true });
    for (const file of [SIDE_FILES.train, SIDE_FILES.valid, SCHEMA_FILE, MANIFEST_FILE]) {
      await rename(join(workshop, file), join(out, file));
    }
    return manifest;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function buildIn(folder: string, options: BuildOptions): Promise<Manifest> {
  const candidates = join(folder, "candidates.jsonl");
  const writer = await createLineWriter(candidates);
  const { judge, lexicon, policy, isErased } = options;
  const judging = { judge, lexicon, policy, isErased };
  const collection = await collectSamples(options.sources, { ...judging, candidates: writer });
  await writer.close();
  const split = { salt: options.salt, validPermille: Math.round(options.validPercent * 10) };
  const written = await writeSplit(collection, { candidates, folder, split });
  const leaks = await findLeaks(folder);
  if (Object.keys(leaks).length > 0) throw new DatasetLeakError(leaks);
  const schema = await writeJson(join(folder, SCHEMA_FILE), createSampleJsonSchema());
  const manifest = describeBuild(options, { collection, written, schema });
  await writeJson(join(folder, MANIFEST_FILE), manifest);
  return manifest;
}

function describeBuild(
  options: BuildOptions,
  parts: { readonly collection: Collection; readonly written: WrittenSplit; readonly schema: LineFileFacts },
): Manifest {
  const { collection, written } = parts;
  const outputs = [written.files.train, written.files.valid, parts.schema];
  const digest = createHash("sha256").update(outputs.map((file) => file.sha256).join("\n"));
  return {
    format: 1,
    version: digest.digest("hex").slice(0, 16),
    promptVersion: options.lexicon.prompt.version,
    policy: options.policy,
    generators: options.generators ?? [],
    split: { salt: options.salt, validPercent: options.validPercent, groups: collection.grouping.count() },
    inputs: collection.inputs,
    outputs,
    samples: { train: written.files.train.lines, valid: written.files.valid.lines },
    bySource: written.bySource,
    byLicenseClass: written.byLicenseClass,
    refused: collection.reasons,
    leaks: {},
  };
}

async function writeJson(path: string, value: object): Promise<LineFileFacts> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
  const content = await readFile(path);
  return {
    file: basename(path),
    sha256: createHash("sha256").update(content).digest("hex"),
    bytes: content.length,
    lines: content.toString("utf8").split("\n").length - 1,
  };
}
