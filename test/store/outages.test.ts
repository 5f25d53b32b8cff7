import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import { openStore, type Store, type StoreOptions } from "../../src/store/open-store.ts";
import { createWriterFolder } from "../../src/store/spool/writer-folder.ts";
import { LogUnavailableError } from "../../src/store/store-errors.ts";
import { createInference, createShadow } from "./records.ts";
import { databaseKinds, postgres, sqlite, type TestDatabase } from "./support/databases.ts";

const PATIENCE = { timeout: 60_000, interval: 20 };
const stores: Store[] = [];
const databases: TestDatabase[] = [];

async function open(database: TestDatabase, options: Partial<StoreOptions> & { spoolDir: string }) {
  const store = await openStore({ url: database.url, ...options });
  stores.push(store);
  return store;
}

async function create(kind: (typeof databaseKinds)[number]) {
  const database = await kind.create();
  databases.push(database);
  return { database, spoolDir: mkdtempSync(join(tmpdir(), "tailor-outage-")) };
}

/** Another program that holds SQLite's write lock. */
function lock({ url }: TestDatabase): { release(): void } {
  const other = new Database(parseDatabasePath(url));
  other.exec("BEGIN IMMEDIATE");
  return { release: () => void other.close() };
}

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close().catch(() => undefined)));
  await Promise.all(databases.splice(0).map((database) => database[Symbol.asyncDispose]()));
});

describe("while SQLite is locked", () => {
  it("rows go to the spool at once, and to the database when the lock is gone", async () => {
    const { database, spoolDir } = await create(sqlite);
    const store = await open(database, { spoolDir });
    const other = lock(database);
    for (let time = 0; time < 300; time += 1) {
      const inference = createInference();
      store.recorder.recordInference(inference);
      store.recorder.recordShadow(createShadow(inference.id));
    }
    await store.flush();
    expect(store.stats()).toMatchObject({ queued: 0, written: 0, spooled: 600, stalled: "SQLITE_BUSY" });
    expect(store.stats().spoolBytes).toBeGreaterThan(300_000);
    other.release();
    await expect.poll(() => store.stats().spoolBytes, PATIENCE).toBe(0);
    expect(store.stats()).toMatchObject({ written: 600, failed: 0, dropped: 0, stalled: null, alert: false });
    expect(await database.count("inferences")).toBe(300);
    expect(await database.count("shadow_answers")).toBe(300);
  });

  it("a row that has to be durable is, by way of the spool", async () => {
    const { database, spoolDir } = await create(sqlite);
    const store = await open(database, { spoolDir });
    const other = lock(database);
    await store.recorder.recordInferenceDurably(createInference());
    expect(store.stats()).toMatchObject({ spooled: 1, written: 0 });
    other.release();
    await expect.poll(() => database.count("inferences"), PATIENCE).toBe(1);
  });

  it("a close leaves the spool to the next start, and nothing counts as lost", async () => {
    const { database, spoolDir } = await create(sqlite);
    const store = await open(database, { spoolDir });
    const other = lock(database);
    for (let time = 0; time < 50; time += 1) store.recorder.recordInference(createInference());
    await store.close();
    expect(readdirSync(spoolDir)).toHaveLength(1);
    other.release();
    const next = await open(database, { spoolDir });
    await expect.poll(() => database.count("inferences"), PATIENCE).toBe(50);
    await expect.poll(() => readdirSync(spoolDir).length, PATIENCE).toBe(1);
    expect(next.stats()).toMatchObject({ lost: 0, damaged: 0 });
    await next.close();
    expect(readdirSync(spoolDir)).toEqual([]);
  });

  it("with the spool at its limit too, durable rows are refused, others wait, and all is well afterwards", async () => {
    const { database, spoolDir } = await create(sqlite);
    const store = await open(database, { spoolDir, maxSpoolBytes: 20_000 });
    const other = lock(database);
    const waiting = Array.from({ length: 30 }, () => createInference());
    for (const inference of waiting) store.recorder.recordInference(inference);
    await expect.poll(() => store.recorder.isAvailable(), PATIENCE).toBe(false);
    expect(store.stats().alert).toBe(true);
    await expect(store.recorder.recordInferenceDurably(createInference())).rejects.toThrow(
      LogUnavailableError,
    );
    other.release();
    await expect.poll(() => store.recorder.isAvailable(), PATIENCE).toBe(true);
    await store.recorder.recordInferenceDurably(createInference());
    await store.flush();
    for (const { id } of waiting) expect(await store.reader.readInference(id)).not.toBeNull();
    expect(await database.count("inferences")).toBe(31);
  });
});

describe.each(databaseKinds)("on $name", (kind) => {
  it("what is over the queue's limit goes to the spool in place of being dropped", async () => {
    const { database, spoolDir } = await create(kind);
    const store = await open(database, { spoolDir, maxQueuedRecords: 600 });
    for (let time = 0; time < 2_000; time += 1) store.recorder.recordInference(createInference());
    await store.flush();
    expect(store.stats()).toMatchObject({ queued: 0, dropped: 0, failed: 0 });
    expect(store.stats().spooled).toBeGreaterThan(0);
    await expect.poll(() => database.count("inferences"), PATIENCE).toBe(2_000);
    expect(await database.count("attempts")).toBe(4_000);
  });

  it("what is over its share of memory goes there too, however few the rows are", async () => {
    const { database, spoolDir } = await create(kind);
    const store = await open(database, { spoolDir, maxQueuedBytes: 4_000_000 });
    const body = { request: { model: "m" }, answer: "long ".repeat(6_000) };
    for (let time = 0; time < 100; time += 1) store.recorder.recordInference(createInference({ body }));
    await store.flush();
    expect(store.stats()).toMatchObject({ queued: 0, dropped: 0, failed: 0 });
    expect(store.stats().spooled).toBeGreaterThan(0);
    await expect.poll(() => database.count("inferences"), PATIENCE).toBe(100);
  });

  it("the promises of a process that vanished are counted once, and shown to whoever asks", async () => {
    const { database, spoolDir } = await create(kind);
    const first = await open(database, { spoolDir });
    const folder = createWriterFolder(spoolDir, createUuidV7());
    for (let time = 0; time < 7; time += 1) folder.promises.add();
    await first.close();
    // Its lock goes with the process.
    folder.close();
    const second = await open(database, { spoolDir });
    await expect.poll(() => second.stats().lost, PATIENCE).toBe(7);
    await second.close();
    const third = await open(database, { spoolDir });
    await expect.poll(() => third.stats().lost, PATIENCE).toBe(7);
    expect(await database.query("SELECT lost FROM log_writers WHERE lost IS NOT NULL")).toHaveLength(1);
  });

  it("two processes with one spool folder leave each other's alone", async () => {
    const { database, spoolDir } = await create(kind);
    const [first, second] = [await open(database, { spoolDir }), await open(database, { spoolDir })];
    for (const store of [first, second]) store.recorder.recordInference(createInference());
    await Promise.all([first.flush(), second.flush()]);
    expect(readdirSync(spoolDir)).toHaveLength(2);
    await first.close();
    second.recorder.recordInference(createInference());
    await second.close();
    expect(readdirSync(spoolDir)).toEqual([]);
    expect(await database.count("inferences")).toBe(3);
    expect(await database.count("log_writers")).toBe(0);
  });

  it("a close finishes what was recorded the moment before, and forgets a writer that owes nothing", async () => {
    const { database, spoolDir } = await create(kind);
    const store = await open(database, { spoolDir });
    for (let time = 0; time < 1_200; time += 1) store.recorder.recordInference(createInference());
    await store.close();
    expect(await database.count("inferences")).toBe(1_200);
    expect(await database.count("log_writers")).toBe(0);
  });
});

it("a PostgreSQL that acknowledges commits early has durable rows on disk, and no others, before it does", async () => {
  const { database, spoolDir } = await create(postgres);
  const name = new URL(database.url).pathname.slice(1);
  await database.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
  const store = await open(database, { spoolDir });
  await database.query("CREATE TABLE seen (id serial, setting text)");
  await database.query(`CREATE FUNCTION note_setting() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO seen (setting) VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$`);
  await database.query(
    "CREATE TRIGGER note AFTER INSERT ON inferences FOR EACH STATEMENT EXECUTE FUNCTION note_setting()",
  );
  await store.recorder.recordInferenceDurably(createInference());
  store.recorder.recordInference(createInference());
  await store.flush();
  const seen = await database.query("SELECT setting FROM seen ORDER BY id");
  expect(seen.map(({ setting }) => setting)).toEqual(["on", "off"]);
});
