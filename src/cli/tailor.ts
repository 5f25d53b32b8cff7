import { Command, CommanderError } from "commander";
import { createDoctorCommand } from "./commands/doctor.ts";
import { createKeysCommand } from "./commands/keys.ts";
import { createMigrateCommand } from "./commands/migrate.ts";
import { createModelsCommand } from "./commands/models.ts";
import { createRoutesCommand } from "./commands/routes.ts";
import { createServeCommand } from "./commands/serve.ts";
import { createShadowCommand } from "./commands/shadow.ts";
import { createDatasetCommand } from "./dataset.ts";
import { reportFailure } from "./report-failure.ts";
import { readVersion } from "./version.ts";

/** `npm run tailor -- <command>`. Exit codes: 0 done, 1 failed, 2 called wrongly. */
function createProgram(): Command {
  const program = new Command("tailor")
    .description("OpenAI-compatible gateway that tailors its own model from its traffic")
    .version(readVersion())
    .showHelpAfterError("(--help tells more)");
  for (const command of [
    createServeCommand(),
    createMigrateCommand(),
    createDoctorCommand(),
    createKeysCommand(),
    createRoutesCommand(),
    createShadowCommand(),
    createModelsCommand(),
    createDatasetCommand(),
  ]) {
    program.addCommand(command);
  }
  throwInsteadOfExit(program);
  return program;
}

/** Commander copies this setting to no command that was made apart. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}

async function run(): Promise<number> {
  try {
    await createProgram().parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error);
  }
}

process.exit(await run());
