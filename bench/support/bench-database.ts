import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

/** A database of the benchmark's own, with a folder for the spool beside it. */
export interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  readonly spoolDir: string;
}

/** `server` is an address on PostgreSQL under which databases may be made; null means SQLite. */
export async function createBenchDatabase(server: string | null): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "tailor-bench-"));
  const spoolDir = join(folder, "spool");
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  if (server === null) {
    const url = `file:${join(folder, "tailor.db")}`;
    return { url, spoolDir, [Symbol.asyncDispose]: async () => removeFolder() };
  }
  const name = `tailor_bench_${randomUUID().replaceAll("-", "")}`;
  await runOnServer(server, `CREATE DATABASE ${name}`);
  return {
    url: `${server}/${name}`,
    spoolDir,
    async [Symbol.asyncDispose]() {
      removeFolder();
      await runOnServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function runOnServer(server: string, sql: string): Promise<void> {
  const client = new pg.Client(`${server}/postgres`);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
