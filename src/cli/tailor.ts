import { Command, CommanderError } from "commander";
import { keepWasmWrappers } from "./keep-wasm-wrappers.ts";
import { reportFailure } from "./report-failure.ts";
import { readVersion } from "./version.ts";

/** One command a file, loaded when it is called: the engine's and the data set's parts take their time. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./commands/serve.ts")).createServeCommand(),
  migrate: async () => (await import("./commands/migrate.ts")).createMigrateCommand(),
  doctor: async () => (await import("./commands/doctor.ts")).createDoctorCommand(),
  logs: async () => (await import("./commands/logs.ts")).createLogsCommand(),
  backup: async () => (await import("./commands/backup.ts")).createBackupCommand(),
  erase: async () => (await import("./commands/erase.ts")).createEraseCommand(),
  retention: async () => (await import("./commands/retention.ts")).createRetentionCommand(),
  keys: async () => (await import("./commands/keys.ts")).createKeysCommand(),
  routes: async () => (await import("./commands/routes.ts")).createRoutesCommand(),
  shadow: async () => (await import("./commands/shadow.ts")).createShadowCommand(),
  models: async () => (await import("./commands/models.ts")).createModelsCommand(),
  dataset: async () => (await import("./dataset.ts")).createDatasetCommand(),
};

/** `npm run tailor -- <command>`. Exit codes: 0 done, 1 failed, 2 called wrongly. */
async function createProgram(called: string | undefined): Promise<Command> {
  const program = new Command("tailor")
    .description("OpenAI-compatible gateway that tailors its own model from its traffic")
    .version(readVersion())
    .showHelpAfterError("(--help tells more)");
  const load = called === undefined || !Object.hasOwn(COMMANDS, called) ? undefined : COMMANDS[called];
  for (const create of load === undefined ? Object.values(COMMANDS) : [load]) {
    program.addCommand(await create());
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
    await (await createProgram(process.argv[2])).parseAsync();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error);
  }
}

keepWasmWrappers();
process.exit(await run());
