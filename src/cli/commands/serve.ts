import { Command } from "commander";
import { serve } from "../serve.ts";

export function createServeCommand(): Command {
  return new Command("serve").description("serve until SIGTERM; what `npm start` runs").action(async () => {
    process.exitCode = await serve();
  });
}
