import { Command } from "commander";
import { examine } from "../examine.ts";
import { print } from "../output.ts";

export function createDoctorCommand(): Command {
  return new Command("doctor")
    .description("check what a start needs; exit code 1 when something is missing")
    .option("--json", "print JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const findings = await examine();
      const lines = findings.map(({ name, ok, detail }) => `${ok ? "ok  " : "FAIL"} ${name}: ${detail}`);
      print(findings, { json, lines });
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}
