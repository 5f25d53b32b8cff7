import { Command, type CommanderError } from "commander";
import { addBuildCommand } from "./dataset-build.ts";
import { addMineCommand } from "./dataset-mine.ts";
import { addValidateCommand } from "./dataset-validate.ts";

/** `tailor dataset …`: from knowledge and traffic to a data set. Exits 0, 1 (failed) or 2 (wrong usage). */
export function createDatasetCommand(): Command {
  const dataset = new Command("dataset")
    .description("make, mine, check and build data sets")
    .exitOverride(exitAfterParsing);
  addMineCommand(dataset);
  addValidateCommand(dataset);
  addBuildCommand(dataset);
  return dataset;
}

/** Commander has printed the help or what is wrong with the arguments. */
function exitAfterParsing(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? 0 : 2);
}
