import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import { getTableName } from "../../src/store/drizzle.ts";
import { migrate } from "../../src/store/migrate.ts";
import { readMigrations } from "../../src/store/migration-files.ts";
import { openStore } from "../../src/store/open-store.ts";
import * as postgresTables from "../../src/store/schema/postgres.ts";
import * as sqliteTables from "../../src/store/schema/sqlite.ts";
import { collect, createDatabaseUrl, createInference } from "./records.ts";
import { databaseKinds, postgres, type TestDatabase } from "./support/databases.ts";

const RECORDS = { SQLite: "__drizzle_migrations", PostgreSQL: "drizzle.__drizzle_migrations" };

describe.each(databaseKinds)("migrating $name", (kind) => {
  const records = kind.name === "SQLite" ? RECORDS.SQLite : RECORDS.PostgreSQL;
  let database: TestDatabase;
  beforeEach(async () => {
    database = await kind.create();
  });
  afterEach(() => database[Symbol.asyncDispose]());

  it("creates every table of the schema from nothing, and nothing the second time", async () => {
    const { url } = database;
    const first = await migrate({ url });
    expect(first.applied).toBe(first.total);
    expect(await migrate({ url })).toMatchObject({ applied: 0, total: first.total });
    const tables = Object.values(kind.name === "SQLite" ? sqliteTables : postgresTables);
    expect(tables.length).toBeGreaterThan(14);
    for (const table of tables) expect(await database.count(getTableName(table))).toBe(0);
  });

  it("refuses a database that a newer program migrated, and leaves it alone", async () => {
    const { url } = database;
    const { total } = await migrate({ url });
    await database.query(`INSERT INTO ${records} (hash, created_at) VALUES ('future', 9999999999999)`);
    const error = await openStore({ url }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "DatabaseNewerError" });
    expect(String(error)).toContain("Update Tailor");
    expect(await database.count(records)).toBe(total + 1);
  });

  it("can be run by several processes at once", async () => {
    const { url } = database;
    const module = new URL("../../src/store/migrate.ts", import.meta.url).href;
    const program = `await (await import(${JSON.stringify(module)})).migrate({ url: ${JSON.stringify(url)} })`;
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: ["ignore", "ignore", "inherit"],
      }),
    );
    await Promise.all(children.map((child) => once(child, "close")));
    expect(children.map((child) => child.exitCode)).toEqual([0, 0, 0]);
    const [recorded] = await database.query(
      `SELECT count(*) AS files, count(DISTINCT hash) AS hashes FROM ${records}`,
    );
    const { total } = await migrate({ url });
    expect([Number(recorded?.files), Number(recorded?.hashes)]).toEqual([total, total]);
  });
});

it("keeps the rows of a SQLite log of the first version, and learns their verdicts", async () => {
  const url = createDatabaseUrl();
  const path = parseDatabasePath(url);
  mkdirSync(dirname(path), { recursive: true });
  const file = new Database(path);
  const folder = new URL("../../src/store/migrations/sqlite/", import.meta.url);
  file.exec(
    readFileSync(new URL("0000_initial.sql", folder), "utf8").replaceAll("--> statement-breakpoint", ""),
  );
  file.exec("CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash text, created_at numeric)");
  const [first] = JSON.parse(readFileSync(new URL("meta/_journal.json", folder), "utf8")).entries;
  file.prepare("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('first', ?)").run(first.when);
  const insert = file.prepare(
    "INSERT INTO inferences (id, request_id, route, route_version, requested_model, bucket, endpoint, streamed, status, latency_ms, cache, dropped, consent, schema_verdict, hard_checks, created_at) VALUES (?, 'r', 'stylist', 1, 'm', 0, 'generate', 0, 200, 1, 'miss', '[]', 'log', ?, ?, 1)",
  );
  insert.run("one", "pass", '[{"name":"budget","ok":true}]');
  insert.run("two", "pass", '[{"name":"budget","ok":false,"reason":"too dear"}]');
  insert.run("three", null, null);
  file.exec("INSERT INTO inference_bodies VALUES ('one', '{}', 'answer')");
  file.exec("INSERT INTO attempts VALUES ('a', 'one', 0, 't', 'p', 'm', 200, null, 1, null, 1)");
  await migrate({ url });
  const rows = file.prepare("SELECT id, verdict FROM inferences ORDER BY rowid").all();
  const kept = file
    .prepare("SELECT answer, attempts.id, retries FROM inference_bodies JOIN attempts USING (inference_id)")
    .all();
  file.close();
  expect(rows).toEqual([
    { id: "one", verdict: "pass" },
    { id: "two", verdict: "fail" },
    { id: "three", verdict: null },
  ]);
  expect(kept).toEqual([{ answer: "answer", id: "a", retries: null }]);
});

it("keeps the rows of a PostgreSQL log of the first partitioned version, and reads them like those of today", async () => {
  await using database = await postgres.create();
  const [first, second] = readMigrations("postgres");
  for (const statement of [...(first?.sql ?? []), ...(second?.sql ?? [])]) await database.query(statement);
  await database.query("CREATE SCHEMA drizzle");
  await database.query(
    `CREATE TABLE ${RECORDS.PostgreSQL} (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
  );
  await database.query(
    `INSERT INTO ${RECORDS.PostgreSQL} (hash, created_at) VALUES ('0', ${first?.folderMillis}), ('1', ${second?.folderMillis})`,
  );
  const [one, two] = [createUuidV7(Date.now() - 1_000), createUuidV7(Date.now())];
  for (const [id, verdict] of [
    [one, "pass"],
    [two, null],
  ]) {
    await database.query(
      `INSERT INTO inferences (id, request_id, route, route_version, requested_model, bucket, endpoint, streamed, status, latency_ms, cache, dropped, consent, verdict, schema_verdict, hard_checks, created_at) VALUES ('${id}', 'r', 'stylist', 1, 'm', 0, 'generate', false, 200, 1, 'miss', '[]', 'log', ${verdict === null ? "NULL, NULL, NULL" : `'${verdict}', '${verdict}', '[{"name":"budget","ok":true}]'`}, 1)`,
    );
  }
  await database.query(`INSERT INTO inference_bodies VALUES ('${one}', '{"n":1}', 'answer')`);
  await database.query(
    `INSERT INTO attempts VALUES ('${createUuidV7()}', '${one}', 0, 't', 'p', 'm', 200, NULL, 1, NULL, 1)`,
  );
  await database.query(
    `INSERT INTO feedback VALUES ('${createUuidV7()}', '${one}', 0.5, 'accept', NULL, 'fine', 1)`,
  );

  const report = await migrate({ url: database.url });
  expect(report.applied).toBe(report.total - 2);
  const store = await openStore({ url: database.url });
  const added = createInference();
  store.recorder.recordInference(added);
  await store.flush();
  const pairs = await collect(store.reader.streamPairs({}));
  await store.close();
  expect(pairs.map(({ inference }) => inference.id)).toEqual([one, two, added.id]);
  expect(pairs[0]).toMatchObject({
    inference: {
      verdicts: { schema: "pass", hardChecks: [{ name: "budget", ok: true }] },
      attempts: [{ target: "t", retries: null }],
      body: { request: { n: 1 }, answer: "answer" },
    },
    feedback: [{ score: 0.5, verdict: "accept", comment: "fine" }],
  });
  expect(pairs[1]?.inference).toMatchObject({ verdicts: null, attempts: [], body: null });
});

it("makes PostgreSQL's partitions ahead of time, and finds rows of any time", async () => {
  await using database = await postgres.create();
  const store = await openStore({ url: database.url });
  const week = 7 * 24 * 60 * 60 * 1000;
  const times = [0, Date.now() - 3 * week, Date.now(), Date.now() + 2 * week, Date.now() + 100 * week];
  const inferences = times.map((createdAt) => createInference({ createdAt }));
  for (const inference of inferences) store.recorder.recordInference(inference);
  await store.flush();
  const { rows } = await store.reader.listInferences({ limit: 10 });
  expect(rows.map(({ id }) => id)).toEqual(inferences.map(({ id }) => id).toReversed());
  const parts = await database.query("SELECT tableoid::regclass::text AS part FROM inferences ORDER BY id");
  const names = parts.map(({ part }) => String(part));
  expect(names.map((name) => name === "inferences_default")).toEqual([true, true, false, false, true]);
  await store.close();
});
