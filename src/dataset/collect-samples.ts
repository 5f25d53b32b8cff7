import { hashInput, hashPair } from "./hash.ts";
import { type LineFileFacts, type LineWriter, readLines } from "./line-files.ts";
import { createCounter, type ReasonCounts } from "./reason-counts.ts";
import { formatSampleLine, type Sample } from "./sample.ts";
import { createGrouping, type Grouping, listGroupKeys } from "./split.ts";
import { type ValidationOptions, validateSample } from "./validate.ts";

export interface Collection {
  readonly inputs: readonly LineFileFacts[];
  /** Refused lines by reason; a line with several counts under each. */
  readonly reasons: ReasonCounts;
  /** By the line's number in the file of candidates. */
  readonly grouping: Grouping;
  /** The line's input came again in a sample that counts more. */
  isSuperseded(index: number): boolean;
}

/** Of samples with one input the one that counts most is kept, the first of equals. */
function rankSource(source: string): number {
  if (source === "feedback") return 3;
  if (source === "log") return 2;
  return source === "synth" ? 0 : 1;
}

/** First pass: judges every line of the sources, writes those that pass, and groups them. Memory grows with hashes only. */
export async function collectSamples(
  paths: readonly string[],
  { candidates, ...options }: ValidationOptions & { readonly candidates: LineWriter },
): Promise<Collection> {
  const reasons = createCounter();
  const grouping = createGrouping();
  const kept = new Map<string, { readonly index: number; readonly rank: number; readonly pair: string }>();
  const superseded = new Set<number>();
  const inputs: LineFileFacts[] = [];
  let count = 0;

  async function keep(sample: Sample): Promise<void> {
    const key = hashInput(sample.input);
    const pair = hashPair(sample);
    const rank = rankSource(sample.source);
    const known = kept.get(key);
    if (known !== undefined) reasons.add(known.pair === pair ? "duplicate_pair" : "duplicate_input");
    if (known !== undefined && known.rank >= rank) return;
    if (known !== undefined) superseded.add(known.index);
    kept.set(key, { index: count, rank, pair });
    grouping.add(listGroupKeys(sample));
    count += 1;
    await candidates.write(formatSampleLine(sample));
  }

  for (const path of paths) {
    const reader = readLines(path);
    for await (const line of reader.lines) {
      const result = validateSample(line, options);
      if (result.ok) await keep(result.sample);
      else for (const reason of result.reasons) reasons.add(reason);
    }
    inputs.push(reader.facts());
  }
  return { inputs, reasons: reasons.read(), grouping, isSuperseded: (index) => superseded.has(index) };
}
