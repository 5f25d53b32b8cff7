import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { openLogReader } from "../../src/store/open-log-reader.ts";
import { openStore } from "../../src/store/open-store.ts";
import { collect, createFeedback, createInference, createShadow } from "../store/records.ts";
import { databaseKinds, sqlite, type TestDatabase } from "../store/support/databases.ts";
import { runTailor, startTailorCommand } from "../support/run-tailor.ts";

// Processes of their own on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tailor-logs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tailor = (url: string, args: readonly string[]) =>
  runTailor(args, { env: { DATABASE_URL: url, TAILOR_DATA_DIR: folder } });

describe.each(databaseKinds)("tailor logs on $name", (kind) => {
  let database: TestDatabase;
  const start = Date.now() - 60_000;
  const rows = Array.from({ length: 30 }, (_, n) =>
    createInference({
      id: createUuidV7(start + n),
      createdAt: start + n,
      route: n % 2 === 0 ? "even" : "odd",
      status: n % 10 === 9 ? 503 : 200,
      fallbackReason: n % 7 === 0 ? "timeout" : null,
      consent: n < 10 ? "log" : "train",
      verdicts: n === 8 ? null : { schema: "pass", hardChecks: [] },
      body: { request: { n }, answer: n === 4 ? "a needle" : "hay" },
    }),
  );

  beforeAll(async () => {
    database = await kind.create();
    const store = await openStore({ url: database.url });
    for (const row of rows) store.recorder.recordInference(row);
    store.recorder.recordShadow(createShadow(rows[3]?.id ?? "", { agreement: 0.75 }));
    store.recorder.recordShadow(createShadow(rows[6]?.id ?? "", { agreement: 0.25 }));
    store.recorder.recordFeedback(createFeedback(rows[5]?.id ?? ""));
    await store.close();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test("tail shows the newest last, and what is asked for", async () => {
    const table = await tailor(database.url, ["logs", "tail", "-n", "3"]);
    expect(
      table.stdout
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(/ +/)[1]),
    ).toEqual(rows.slice(-3).map(({ id }) => id));
    const json = await tailor(database.url, ["logs", "tail", "--route", "even", "-n", "2", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject([{ id: rows[26]?.id }, { id: rows[28]?.id }]);
    const search = await tailor(database.url, ["logs", "tail", "--text", "NEEDLE", "--json"]);
    expect(JSON.parse(search.stdout)).toMatchObject([{ id: rows[4]?.id }]);
  });

  test("show prints one request whole, by either of its ids; another is a failure", async () => {
    const id = rows[3]?.id ?? "";
    const shown = await tailor(database.url, ["logs", "show", `chatcmpl-${id.replaceAll("-", "")}`]);
    const pair = JSON.parse(shown.stdout);
    expect(pair).toMatchObject({ inference: { id, body: { request: { n: 3 } } }, feedback: [] });
    expect(pair.inference.attempts).toMatchObject([{ retries: 0 }, { retries: 2 }]);
    expect(pair.shadows).toHaveLength(1);
    const missing = await tailor(database.url, ["logs", "show", createUuidV7()]);
    expect([missing.code, missing.stderr.split("\n")[0]]).toEqual([
      1,
      expect.stringMatching(/^There is no inference/),
    ]);
  });

  test("export writes a line a request, oldest first, to a file or to standard output", async () => {
    const file = join(folder, `${kind.name}.jsonl`);
    await tailor(database.url, ["logs", "export", "--out", file, "--route", "odd"]);
    const ids = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).inference.id);
    expect(ids).toEqual(rows.filter(({ route }) => route === "odd").map(({ id }) => id));
    const { stdout } = await tailor(database.url, ["logs", "export"]);
    expect(stdout.trim().split("\n")).toHaveLength(rows.length);
  });

  const all = rows.map((_, n) => n);
  const iso = (n: number) => new Date(start + n).toISOString();
  test.each<[flags: readonly string[], expected: readonly number[]]>([
    [["--route", "odd"], all.filter((n) => n % 2 === 1)],
    [
      ["--target", "local", "--since", iso(27)],
      [27, 28, 29],
    ],
    [
      ["--since", "1h", "--until", iso(3)],
      [0, 1, 2],
    ],
    [["--verdict", "none"], [8]],
    [
      ["--status", "503"],
      [9, 19, 29],
    ],
    [["--fallback"], all.filter((n) => n % 7 === 0)],
    [["--no-fallback"], all.filter((n) => n % 7 !== 0)],
    [["--shadow"], [3, 6]],
    [["--no-shadow"], all.filter((n) => n !== 3 && n !== 6)],
    [["--min-agreement", "0.5"], [3]],
    [["--max-agreement", "0.5"], [6]],
    [["--feedback"], [5]],
    [["--no-feedback"], all.filter((n) => n !== 5)],
    [["--consent", "log"], all.slice(0, 10)],
  ])("%j picks rows by that alone", async (flags, expected) => {
    const { stdout } = await tailor(database.url, ["logs", "tail", "-n", "100", "--json", ...flags]);
    const ids = JSON.parse(stdout).map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expected.map((n) => rows[n]?.id));
  });

  test("tail --follow goes on with what comes and fits, late rows too, each once, until it is ended", async () => {
    const env = { DATABASE_URL: database.url, TAILOR_DATA_DIR: folder };
    const args = ["logs", "tail", "--follow", "-n", "2", "--route", "followed", "--json"];
    const store = await openStore({ url: database.url });
    const write = async (ageMs: number, route = "followed") => {
      const row = createInference({ createdAt: Date.now() - ageMs, route });
      store.recorder.recordInference(row);
      await store.flush();
      return row.id;
    };
    const old = [await write(3_000), await write(2_000), await write(1_000)];
    const command = startTailorCommand(args, { env });
    const shown = () =>
      command
        .stdout()
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line).id);
    await expect.poll(shown, { timeout: 60_000 }).toEqual(old.slice(1));
    const next = await write(0);
    await write(0, "other");
    await expect.poll(shown, { timeout: 60_000 }).toEqual([...old.slice(1), next]);
    // Asked before all of them and answered after.
    const late = await write(30_000);
    await expect.poll(shown, { timeout: 60_000 }).toEqual([...old.slice(1), next, late]);
    await store.close();
    command.child.kill("SIGINT");
    expect(await command.ended).toMatchObject({ code: 0, stderr: "" });
    expect(shown()).toHaveLength(4);
  });

  test("a filter that makes no sense is called wrongly", async () => {
    expect((await tailor(database.url, ["logs", "tail", "--verdict", "good"])).code).toBe(2);
    expect((await tailor(database.url, ["logs", "tail", "--status", "many"])).code).toBe(2);
    expect((await tailor(database.url, ["logs", "tail", "--status", "99999999999"])).code).toBe(2);
    expect((await tailor(database.url, ["logs", "tail", "--consent", "all"])).code).toBe(2);
  });
});

test("backup copies a log while it is written, and never over another file", async () => {
  await using database = await sqlite.create();
  const store = await openStore({ url: database.url });
  for (let time = 0; time < 500; time += 1) store.recorder.recordInference(createInference());
  await store.flush();
  const target = join(folder, "copy.db");
  const copying = tailor(database.url, ["backup", target, "--json"]);
  for (let time = 0; time < 500; time += 1) store.recorder.recordInference(createInference());
  expect(JSON.parse((await copying).stdout)).toMatchObject({ file: target });
  await store.close();
  const copy = await openLogReader({ url: `file:${target}` });
  expect((await collect(copy.reader.streamPairs({}))).length).toBeGreaterThanOrEqual(500);
  await copy.close();
  const again = await tailor(database.url, ["backup", target]);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("exists already")]);
  const nowhere = await tailor(database.url, ["backup", join(folder, "nowhere", "copy.db")]);
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/^There is no folder [^\n]*\n$/)]);
});

test("backup of PostgreSQL says what to run, without the address", async () => {
  const { code, stderr } = await tailor("postgres://tailor:hunter2@db/tailor", ["backup", "copy.dump"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/pg_dump[\s\S]*pg_restore/);
  expect(stderr).not.toContain("hunter2");
});
