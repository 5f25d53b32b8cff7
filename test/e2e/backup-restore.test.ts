import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readJson } from "../gateway/support/test-gateway.ts";
import { postgres } from "../store/support/databases.ts";
import { runTailor } from "../support/run-tailor.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTailorProcess, type TailorProcess } from "../support/tailor-process.ts";

// Processes of their own on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

const PATIENCE = { timeout: 60_000 };

let upstream: ScriptedUpstream;
let folder: string;
beforeEach(async () => {
  upstream = await createScriptedUpstream();
  folder = mkdtempSync(join(tmpdir(), "tailor-restore-"));
});
afterEach(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(env: NodeJS.ProcessEnv): Promise<TailorProcess> {
  const provider = { kind: "openai", baseUrl: upstream.baseUrl, apiKeyEnv: null };
  const target = { id: "up", provider: "up", model: "upstream-model", percent: 100 };
  const routes = [{ name: "stylist", models: ["stylist"], targets: [target] }];
  return startTailorProcess({
    config: { providers: { up: provider }, routes, passthrough: null },
    env: { TAILOR_DATA_DIR: folder, ...env },
  });
}

async function ask({ url }: TailorProcess, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "stylist", messages: [{ role: "user", content: "hi" }] }),
    });
    expect((await readJson(response)).choices).toHaveLength(1);
  }
}

async function countPairs({ url }: TailorProcess): Promise<number> {
  const text = await (await fetch(`${url}/admin/pairs?format=jsonl`)).text();
  const lines = text.split("\n").filter((line) => line !== "");
  expect(lines.every((line) => JSON.parse(line).inference.attempts.length === 1)).toBe(true);
  return lines.length;
}

async function stop(tailor: TailorProcess): Promise<void> {
  tailor.child.kill("SIGTERM");
  expect(await tailor.exited).toBe(0);
}

test("a SQLite backup taken from a running server is served after a restore, and written on", async () => {
  const backup = join(folder, "tailor-2026-01-31.db");
  {
    await using tailor = await start({});
    await ask(tailor, 20);
    await expect.poll(() => countPairs(tailor), PATIENCE).toBe(20);
    const { code } = await runTailor(["backup", backup], { env: tailor.env });
    expect(code).toBe(0);
    await ask(tailor, 10);
    await stop(tailor);
  }
  for (const end of ["", "-wal", "-shm"]) rmSync(join(folder, `tailor.db${end}`), { force: true });
  copyFileSync(backup, join(folder, "tailor.db"));
  await using restored = await start({});
  expect(await countPairs(restored)).toBe(20);
  await ask(restored, 5);
  await expect.poll(() => countPairs(restored), PATIENCE).toBe(25);
  await stop(restored);
});

const DUMP = "pg_dump";
const hasPostgresTools = spawnSync(DUMP, ["--version"]).status === 0;

test.skipIf(!hasPostgresTools)(
  "a PostgreSQL dump of a running server is served after a restore, and written on",
  async () => {
    await using database = await postgres.create();
    await using other = await postgres.create();
    const run = promisify(execFile);
    const dump = join(folder, "tailor.dump");
    {
      await using tailor = await start({ DATABASE_URL: database.url });
      await ask(tailor, 20);
      await expect.poll(() => countPairs(tailor), PATIENCE).toBe(20);
      await run(DUMP, ["--format=custom", `--file=${dump}`, database.url]);
      await ask(tailor, 10);
      await stop(tailor);
    }
    await run("pg_restore", [`--dbname=${other.url}`, dump]);
    await using restored = await start({ DATABASE_URL: other.url });
    expect(await countPairs(restored)).toBe(20);
    await ask(restored, 5);
    await expect.poll(() => countPairs(restored), PATIENCE).toBe(25);
    await stop(restored);
  },
);
