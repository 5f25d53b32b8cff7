import { join } from "node:path";
import type { Collection } from "./collect-samples.ts";
import { createLineWriter, type LineFileFacts, readLines } from "./line-files.ts";
import { createCounter, type ReasonCounts } from "./reason-counts.ts";
import { pickLicenseClass, type Sample, sampleSchema } from "./sample.ts";
import { createLeakFinder, pickSide, type Side, type SplitOptions } from "./split.ts";

export const SIDE_FILES: Readonly<Record<Side, string>> = { train: "train.jsonl", valid: "valid.jsonl" };

export interface WrittenSplit {
  readonly files: Readonly<Record<Side, LineFileFacts>>;
  readonly bySource: ReasonCounts;
  readonly byLicenseClass: ReasonCounts;
}

/** A line that this program wrote itself a moment ago. */
function parseOwnLine(line: string): Sample {
  return sampleSchema.parse(JSON.parse(line));
}

/** Second pass: every candidate that was not superseded goes to its group's side, in the order of the candidates. */
export async function writeSplit(
  collection: Collection,
  options: { readonly candidates: string; readonly folder: string; readonly split: SplitOptions },
): Promise<WrittenSplit> {
  const bySource = createCounter();
  const byLicenseClass = createCounter();
  const writers = {
    train: await createLineWriter(join(options.folder, SIDE_FILES.train)),
    valid: await createLineWriter(join(options.folder, SIDE_FILES.valid)),
  };
  let index = -1;
  for await (const line of readLines(options.candidates).lines) {
    index += 1;
    if (collection.isSuperseded(index)) continue;
    const sample = parseOwnLine(line);
    bySource.add(sample.source);
    byLicenseClass.add(pickLicenseClass(sample));
    await writers[pickSide(collection.grouping.groupOf(index), options.split)].write(line);
  }
  return {
    files: { train: await writers.train.close(), valid: await writers.valid.close() },
    bySource: bySource.read(),
    byLicenseClass: byLicenseClass.read(),
  };
}

/** Third pass: reads the written files again and counts what ties one side to the other. Empty when nothing does. */
export async function findLeaks(folder: string): Promise<Readonly<Record<string, number>>> {
  const finder = createLeakFinder();
  for (const side of ["train", "valid"] as const) {
    for await (const line of readLines(join(folder, SIDE_FILES[side])).lines)
      finder.add(parseOwnLine(line), side);
  }
  return finder.read();
}
