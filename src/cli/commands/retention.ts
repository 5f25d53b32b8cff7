import { Command } from "commander";
import { loadConfig } from "../../config/config-file.ts";
import { readEnvironment } from "../../config/environment.ts";
import { openStore } from "../../store/open-store.ts";
import { listRetentionRules, type RetentionCounts } from "../../store/retention/retention-policy.ts";
import { formatTable, print } from "../output.ts";

interface RetentionFlags {
  readonly dryRun: boolean;
  readonly json: boolean;
}

export function createRetentionCommand(): Command {
  return new Command("retention")
    .description(
      "drop what has expired, by the ages under `retention` in the configuration; servers do it by themselves",
    )
    .option("--dry-run", "only count", false)
    .option("--json", "print JSON", false)
    .action(retain);
}

async function retain({ dryRun, json }: RetentionFlags): Promise<void> {
  const environment = readEnvironment();
  const { everyMinutes: _, ...policy } = loadConfig(environment.configPath).retention;
  if (listRetentionRules(policy, Date.now()).length === 0) {
    return print(
      { policy, dryRun, rows: null },
      { json, lines: ["Nothing expires: see `retention` in the configuration."] },
    );
  }
  const store = await openStore({ url: environment.databaseUrl });
  try {
    const rows = dryRun ? await store.retention.count(policy) : await store.retention.drop({ policy });
    print({ policy, dryRun, rows }, { json, lines: describe(rows, dryRun) });
  } finally {
    await store.close();
  }
}

function describe(rows: RetentionCounts | null, isDry: boolean): string[] {
  if (rows === null) return ["Another instance is at it."];
  return formatTable(["table", isDry ? "expired" : "dropped"], Object.entries(rows));
}
