import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { REPOSITORY_ROOT } from "../config/environment.ts";
import { writeLineFile } from "../dataset/line-files.ts";
import { synthesize } from "../dataset/synth/synthesize.ts";
import { SYNTH_NAME } from "../dataset/synth/synthesizer.ts";
import { loadLexicon } from "../style/load-lexicon.ts";
import { createJsonOption, nameGeneratorFile, parseCount } from "./dataset-options.ts";
import { print } from "./output.ts";

interface SynthFlags {
  readonly count: number;
  readonly seed: string;
  readonly out: string;
  readonly json: boolean;
}

export function addSynthCommand(dataset: Command): void {
  dataset
    .command("synth")
    .description(
      "write synthetic samples from the committed fashion knowledge; the same seed gives the same lines",
    )
    .option("--count <number>", "how many samples", parseCount, 14_000)
    .option("--seed <text>", "another seed, other samples", "tailor")
    .requiredOption("--out <file>", "file of samples to write")
    .addOption(createJsonOption())
    .action(synth);
}

/** Beside the samples lies a file that says what made them; `build` copies it into the manifest. */
async function synth({ count, seed, out, json }: SynthFlags): Promise<void> {
  const folder = join(REPOSITORY_ROOT, "data", "style");
  const lines = synthesize({ lexicon: loadLexicon(folder), folder: join(folder, "synth"), count, seed });
  const facts = await writeLineFile(resolve(out), lines);
  const generator = { name: SYNTH_NAME, seed, count };
  await writeFile(nameGeneratorFile(resolve(out)), `${JSON.stringify(generator)}\n`);
  print(
    { ...facts, generator },
    { json, lines: [`${out}: ${facts.lines} samples of ${SYNTH_NAME}, seed ${seed}`] },
  );
}
