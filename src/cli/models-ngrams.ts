import { Command } from "commander";
import { readLines } from "../dataset/line-files.ts";
import { ModelFileError } from "../providers/llama-cpp/engine/model-file.ts";
import { nameNgramFile } from "../providers/llama-cpp/engine/ngram-table.ts";
import { planSchema } from "../style/plan.ts";
import { explainMissingFile } from "./missing-file.ts";
import { CommandFailed, print } from "./output.ts";

interface NgramFlags {
  readonly data: string;
  readonly adapter?: string;
  readonly json: boolean;
}

export function createNgramsCommand(): Command {
  return new Command("ngrams")
    .description("count what follows what in a data set's plans, for guesses that make the model faster")
    .argument("<gguf>", "the model's file; the table is written beside it")
    .requiredOption("--data <train.jsonl>", "the data set that the model learned from")
    .option(
      "--adapter <gguf>",
      "of a model served as base and adapter: its adapter, the table goes beside that",
    )
    .option("--json", "print JSON", false)
    .action(writeTable);
}

async function writeTable(modelPath: string, { data, adapter, json }: NgramFlags): Promise<void> {
  // Native code: no other command waits for it.
  const { writeNgrams } = await import("../providers/llama-cpp/engine/write-ngrams.ts");
  const target = nameNgramFile({ path: modelPath, adapterPath: adapter ?? null });
  const made = await explainMissingFile(writeNgrams({ modelPath, target, answers: readPlans(data) })).catch(
    (error: unknown) => {
      if (error instanceof ModelFileError) throw new CommandFailed(`${modelPath}: ${error.message}`);
      throw error;
    },
  );
  print(
    { file: target, ...made },
    { json, lines: [`${target}: ${made.entries} n-grams of ${made.answers} plans, ${made.bytes} bytes`] },
  );
}

/** As the model writes them: minified, keys in the schema's order. */
async function* readPlans(file: string): AsyncIterable<string> {
  let number = 0;
  for await (const line of readLines(file).lines) {
    number++;
    yield JSON.stringify(readPlan(line) ?? failAt(file, number));
  }
}

function readPlan(line: string): object | null {
  try {
    const { output } = JSON.parse(line) as { output?: unknown };
    return planSchema.safeParse(output).data ?? null;
  } catch {
    return null;
  }
}

function failAt(file: string, number: number): never {
  throw new CommandFailed(`Line ${number} of ${file} is no sample with a plan.`);
}
