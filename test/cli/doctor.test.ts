import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import { migrate } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createInference } from "../store/records.ts";
import { databaseKinds, postgres, sqlite } from "../store/support/databases.ts";
import { runTailor } from "../support/run-tailor.ts";

// Processes of their own on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tailor-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What doctor finds, by name: "ok …" or "no …". */
async function examine(url: string, env: NodeJS.ProcessEnv = {}): Promise<Record<string, string>> {
  const { stdout } = await runTailor(["doctor", "--json"], {
    env: { DATABASE_URL: url, TAILOR_DATA_DIR: folder, ...env },
  });
  const findings: { name: string; ok: boolean; detail: string }[] = JSON.parse(stdout);
  return Object.fromEntries(findings.map(({ name, ok, detail }) => [name, `${ok ? "ok" : "no"} ${detail}`]));
}

function writeBytes(path: string, bytes: Buffer, offset: number): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

describe.each(databaseKinds)("doctor on $name", (kind) => {
  test("looks at the log, tells what it finds, and changes nothing", async () => {
    await using database = await kind.create();
    expect((await examine(database.url)).migrations).toMatch(/^ok 0 of \d+ applied/);
    await migrate({ url: database.url });
    await database.query(
      "INSERT INTO log_writers (id, host, sequence, lost, started_at, updated_at) VALUES ('gone', 'host', 9, 3, 1, 1)",
    );
    expect(await examine(database.url)).toMatchObject({
      database: expect.stringMatching(
        kind === sqlite ? /^ok .* every page is whole$/ : /^ok .* no index is invalid, [^;]* page[^;]*$/,
      ),
      migrations: expect.stringMatching(/^ok \d+, all applied$/),
      "lost rows": expect.stringMatching(/^ok 3: /),
      clock: expect.stringMatching(/^ok /),
      spool: expect.stringMatching(/^ok 0\.0 MB waiting/),
      disk: expect.stringMatching(/ MB free/),
    });
    const future = createInference({ createdAt: Date.now() + 3_600_000 });
    const store = await openStore({ url: database.url });
    store.recorder.recordInference(future);
    await store.close();
    expect((await examine(database.url)).clock).toMatch(/^no .*the clock went back/);
  });

  test("says of a database that a newer version migrated to update", async () => {
    await using database = await kind.create();
    await migrate({ url: database.url });
    const records = kind === sqlite ? "__drizzle_migrations" : "drizzle.__drizzle_migrations";
    await database.query(`INSERT INTO ${records} (hash, created_at) VALUES ('future', 9999999999999)`);
    expect((await examine(database.url)).migrations).toMatch(/^no .*: update Tailor\.$/);
  });
});

test("doctor finds a SQLite file with a damaged page, and one that is none", async () => {
  await using database = await sqlite.create();
  const store = await openStore({ url: database.url });
  for (let count = 0; count < 200; count += 1) store.recorder.recordInference(createInference());
  await store.close();
  const path = parseDatabasePath(database.url);
  const bytes = readFileSync(path);
  const page = bytes.readUInt16BE(16);
  writeBytes(path, Buffer.alloc(page * 8, 0xa5), bytes.length - page * 10);
  expect((await examine(database.url)).database).toMatch(/^no .* is damaged: .*: restore a backup\.$/);
  writeFileSync(path, Buffer.alloc(page * 4, 0xa5));
  expect(await examine(database.url)).toMatchObject({
    database: expect.stringMatching(/^no .* is damaged: .*: restore a backup\.$/),
    migrations: expect.stringMatching(/^no /),
  });
});

test("doctor finds an invalid index of PostgreSQL, and partitions that are missing", async () => {
  await using database = await postgres.create();
  await migrate({ url: database.url });
  const [index] = await database.query(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'feedback'::regclass AND NOT indisprimary LIMIT 1",
  );
  await database.query(
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${index?.name}'::regclass`,
  );
  expect((await examine(database.url)).database).toMatch(
    new RegExp(`^no .* index ${index?.name} is invalid: run REINDEX INDEX ${index?.name}\\.$`),
  );
  await database.query(`REINDEX INDEX ${index?.name}`);
  const parts = await database.query(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'attempts'::regclass AND inhrelid::regclass::text <> 'attempts_default' ORDER BY name",
  );
  const [first] = parts.map(({ name }) => String(name));
  await database.query(`DROP TABLE ${first}`);
  expect((await examine(database.url)).database).toMatch(
    new RegExp(`^ok .*; partitions ${first} are missing, which a start makes$`),
  );
});

test("doctor counts what a killed process left in the spool, and fails when a spool is nearly full", async () => {
  await using database = await sqlite.create();
  await migrate({ url: database.url });
  const left = join(folder, "spool", "0192f0c1-0000-7000-8000-000000000000");
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, "00000001.spool"), Buffer.alloc(60_000));
  const configPath = join(folder, "config.json");
  const target = { id: "a", provider: "up", model: "m", percent: 100 };
  const config = (maxSpoolBytes: number) => ({
    providers: { up: { kind: "openai", apiKeyEnv: null } },
    routes: [{ name: "stylist", models: ["stylist"], targets: [target] }],
    passthrough: null,
    limits: { maxSpoolBytes },
  });
  const env = { TAILOR_CONFIG: configPath };
  writeFileSync(configPath, JSON.stringify(config(100_000)));
  expect((await examine(database.url, env)).spool).toBe(
    "ok 0.1 MB waiting, 0 writing now, 1 left by processes that ended badly: a start settles them",
  );
  writeFileSync(configPath, JSON.stringify(config(70_000)));
  expect((await examine(database.url, env)).spool).toMatch(/^no .* 1 left .* one holds 86% of limits/);
});

/** A disk besides that of temporary files, where there is one. */
const OTHER_DISK = "/dev/shm";
const hasOtherDisk = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev;

test.skipIf(!hasOtherDisk)("doctor looks at the disk of the SQLite file too", async () => {
  const other = mkdtempSync(join(OTHER_DISK, "tailor-doctor-"));
  onTestFinished(() => rmSync(other, { recursive: true, force: true }));
  const url = `file:${join(other, "tailor.db")}`;
  const found = (await examine(url)).disk ?? "";
  expect(found).toContain(`MB free in ${folder}, `);
  expect(found).toContain(`MB free in ${other}`);
  expect((await examine(`file:${join(folder, "tailor.db")}`)).disk).not.toContain(", ");
});
