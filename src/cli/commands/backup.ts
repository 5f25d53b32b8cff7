import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { readEnvironment } from "../../config/environment.ts";
import { parseDatabaseUrl } from "../../store/database-url.ts";
import { backUpSqlite } from "../../store/sqlite/backup.ts";
import { openReadingConnection } from "../../store/sqlite/connection.ts";
import { CommandFailed, print } from "../output.ts";

export function createBackupCommand(): Command {
  return new Command("backup")
    .description(
      "copy the log to a file, also while a server writes it (SQLite; for PostgreSQL it says what to run)",
    )
    .argument("<file>", "file to write; must not exist")
    .option("--database <url>", "database to copy (default: DATABASE_URL)")
    .option("--json", "print JSON", false)
    .action(backUp);
}

async function backUp(file: string, { database, json }: { database?: string; json: boolean }): Promise<void> {
  const address = parseDatabaseUrl(database ?? readEnvironment().databaseUrl);
  const target = resolve(file);
  if (address.dialect === "postgres") {
    throw new CommandFailed(
      `The log is in the ${address.place}, which its own tools copy best:\n` +
        `  pg_dump --format=custom --file=${target} "$DATABASE_URL"\n` +
        "and bring back into an empty database:\n" +
        `  pg_restore --dbname="$DATABASE_URL" ${target}`,
    );
  }
  if (!existsSync(address.path)) throw new CommandFailed(`There is no database at ${address.path}.`);
  if (!existsSync(dirname(target)))
    throw new CommandFailed(`There is no folder ${dirname(target)}: make it first.`);
  const pages = await backUpSqlite(address.path, target);
  const damage = checkCopy(target);
  if (damage !== null) throw new CommandFailed(`The copy ${target} is damaged: ${damage}`);
  const { size } = statSync(target);
  const report = { file: target, pages, bytes: size };
  print(report, { json, lines: [`${target}: ${(size / 1e6).toFixed(1)} MB, checked`] });
}

function checkCopy(path: string): string | null {
  const copy = openReadingConnection(path);
  try {
    const verdict = String(copy.prepare("PRAGMA integrity_check(1)").pluck().get());
    return verdict === "ok" ? null : verdict;
  } finally {
    copy.close();
  }
}
