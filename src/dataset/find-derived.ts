import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { readLines } from "./line-files.ts";
import type { IsErased } from "./sample-origin.ts";
import { isLineErased } from "./scrub.ts";

/** A file with samples, or exported requests, of what is erased. */
export interface DerivedFile {
  readonly path: string;
  readonly samples: number;
  /** The data set that the file belongs to; null for a file that stands alone. */
  readonly dataset: DatasetVersion | null;
}

export interface DatasetVersion {
  readonly version: string;
  /** By which a model says what it was trained on. */
  readonly manifestSha256: string;
}

/** Folders below the given ones that are looked into. */
const DEEPEST = 4;
const manifestSchema = z.looseObject({ version: z.string(), outputs: z.array(z.looseObject({})) });

/** Looks through every `.jsonl` file in the folders and below them. Folders that are not there hold nothing. */
export async function findDerived(
  folders: readonly string[],
  isErased: IsErased,
): Promise<readonly DerivedFile[]> {
  const paths = new Set<string>();
  for (const folder of folders) await collectFiles(resolve(folder), { depth: 0, paths });
  const derived: DerivedFile[] = [];
  for (const path of [...paths].sort()) {
    let samples = 0;
    for await (const line of readLines(path).lines) if (isLineErased(line, isErased)) samples += 1;
    if (samples > 0) derived.push({ path, samples, dataset: await readDatasetVersion(path) });
  }
  return derived;
}

async function collectFiles(
  folder: string,
  { depth, paths }: { readonly depth: number; readonly paths: Set<string> },
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile() && entry.name.endsWith(".jsonl")) paths.add(path);
    if (entry.isDirectory() && depth < DEEPEST) await collectFiles(path, { depth: depth + 1, paths });
  }
}

async function readDatasetVersion(path: string): Promise<DatasetVersion | null> {
  const text = await readFile(join(dirname(path), "manifest.json"), "utf8").catch(() => null);
  if (text === null) return null;
  const manifest = manifestSchema.safeParse(parseJson(text));
  if (!manifest.success) return null;
  if (!manifest.data.outputs.some(({ file }) => file === basename(path))) return null;
  return {
    version: manifest.data.version,
    manifestSha256: createHash("sha256").update(text).digest("hex"),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
