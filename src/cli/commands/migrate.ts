import { Command } from "commander";
import { readEnvironment } from "../../config/environment.ts";
import { migrate } from "../../store/migrate.ts";
import { print } from "../output.ts";

export function createMigrateCommand(): Command {
  return new Command("migrate")
    .description("bring the database up to this version's tables (serve does so by itself)")
    .option("--json", "print JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const report = await migrate({ url: readEnvironment().databaseUrl });
      print(report, { json, lines: [`${report.place}: ${report.applied} applied, ${report.total} in all`] });
    });
}
