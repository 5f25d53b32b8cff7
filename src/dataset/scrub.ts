import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readLines, writeLineFile } from "./line-files.ts";
import { type IsErased, readLineOrigin } from "./sample-origin.ts";

export interface ScrubReport {
  readonly file: string;
  readonly lines: number;
  readonly removed: number;
}

/** The file's hash stands in a manifest: without some of its lines it would be another data set under the same name. */
class BuiltDatasetError extends Error {
  override readonly name = "BuiltDatasetError";

  constructor(path: string) {
    const folder = dirname(path);
    super(
      `${path} is part of a built data set. Build it anew, which leaves out what is erased: tailor dataset build --extra ${join(folder, "train.jsonl")} ${join(folder, "valid.jsonl")} --out ${folder}`,
    );
  }
}

/**
 * Removes the lines of what is erased. The file is replaced whole, and left alone when there are none.
 * @throws BuiltDatasetError
 */
export async function scrubFile(path: string, isErased: IsErased): Promise<ScrubReport> {
  const file = resolve(path);
  if (await isInManifest(file)) throw new BuiltDatasetError(path);
  const reader = readLines(file);
  let removed = 0;
  for await (const line of reader.lines) if (isLineErased(line, isErased)) removed += 1;
  if (removed > 0) await writeLineFile(file, keepOthers(file, isErased));
  return { file: path, lines: reader.facts().lines, removed };
}

export function isLineErased(line: string, isErased: IsErased): boolean {
  const origin = readLineOrigin(line);
  return origin !== null && isErased(origin);
}

async function* keepOthers(file: string, isErased: IsErased): AsyncIterable<string> {
  for await (const line of readLines(file).lines) if (!isLineErased(line, isErased)) yield line;
}

async function isInManifest(file: string): Promise<boolean> {
  const manifest = await readFile(join(dirname(file), "manifest.json"), "utf8").catch(() => "");
  return manifest.includes(JSON.stringify(basename(file)));
}
