import { Command } from "commander";
import { addBuildCommand } from "./dataset-build.ts";
import { addMineCommand } from "./dataset-mine.ts";
import { addScrubCommand } from "./dataset-scrub.ts";
import { addSynthCommand } from "./dataset-synth.ts";
import { addValidateCommand } from "./dataset-validate.ts";

/** `tailor dataset …`: from knowledge and traffic to a data set. */
export function createDatasetCommand(): Command {
  const dataset = new Command("dataset").description("make, mine, check and build data sets");
  addSynthCommand(dataset);
  addMineCommand(dataset);
  addValidateCommand(dataset);
  addBuildCommand(dataset);
  addScrubCommand(dataset);
  return dataset;
}
