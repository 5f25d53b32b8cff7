import { Command } from "commander";
import { readEnvironment } from "../../config/environment.ts";
import { describeModel, readRegistry, writeRegistry } from "../model-registry-file.ts";
import { createNgramsCommand } from "../models-ngrams.ts";
import { CommandFailed, formatTable, print } from "../output.ts";

export function createModelsCommand(): Command {
  return new Command("models")
    .description("the registry of local models; a running server follows it")
    .addCommand(createListCommand())
    .addCommand(createActivateCommand())
    .addCommand(createRegisterCommand())
    .addCommand(createNgramsCommand());
}

function createListCommand(): Command {
  return new Command("list")
    .description("every registered model")
    .option("--json", "print JSON", false)
    .action(({ json }: { json: boolean }) => {
      const registry = readRegistry(readEnvironment().modelsDir);
      const rows = registry.models.map(({ name, status, file, createdAt }) => [
        name === registry.default ? `${name} (default)` : name,
        status,
        file,
        createdAt,
      ]);
      print(registry, { json, lines: formatTable(["model", "status", "file", "created"], rows) });
    });
}

function createActivateCommand(): Command {
  return new Command("activate")
    .description("make a registered model the default; a running server swaps to it once it is loaded")
    .argument("<name>")
    .action((name: string) => {
      const { modelsDir } = readEnvironment();
      const registry = readRegistry(modelsDir);
      const model = registry.models.find((candidate) => candidate.name === name);
      if (model === undefined) throw new CommandFailed(`No model '${name}' is registered.`);
      if (model.status === "rejected" || model.status === "retired") {
        throw new CommandFailed(`Model '${name}' is ${model.status}; it must not answer.`);
      }
      writeRegistry(modelsDir, { ...registry, default: name });
      print({ default: name }, { json: false, lines: [`${name} is the default now.`] });
    });
}

function createRegisterCommand(): Command {
  return new Command("register")
    .description("add a model that lies in the models folder, as a candidate")
    .argument("<name>", "its folder's name")
    .option("--file <gguf>", "the GGUF in the folder, when its model.json does not say")
    .option("--json", "print JSON", false)
    .action(async (name: string, { file, json }: { file?: string; json: boolean }) => {
      const { modelsDir } = readEnvironment();
      const registry = readRegistry(modelsDir);
      if (registry.models.some((candidate) => candidate.name === name)) {
        throw new CommandFailed(`A model '${name}' is registered already.`);
      }
      const model = await describeModel({ modelsDir, name, file, now: Date.now });
      writeRegistry(modelsDir, { ...registry, models: [...registry.models, model] });
      print(model, { json, lines: [`Registered ${name} (${model.sha256.slice(0, 12)}).`] });
    });
}
