import { describe, expect, test, vi } from "vitest";
import { databaseKinds } from "../store/support/databases.ts";
import { runTailor } from "../support/run-tailor.ts";

// Processes of their own on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

const RECORDS = { SQLite: "__drizzle_migrations", PostgreSQL: "drizzle.__drizzle_migrations" };

describe.each(databaseKinds)("tailor migrate on $name", (kind) => {
  const records = kind.name === "SQLite" ? RECORDS.SQLite : RECORDS.PostgreSQL;

  test("makes the tables, does nothing the second time, and says what it did", async () => {
    await using database = await kind.create();
    const env = { DATABASE_URL: database.url };
    const first = await runTailor(["migrate", "--json"], { env });
    const report = JSON.parse(first.stdout);
    expect([first.code, report.applied]).toEqual([0, report.total]);
    expect(await database.count("inferences")).toBe(0);
    const again = await runTailor(["migrate"], { env });
    expect(again).toMatchObject({
      code: 0,
      stdout: `${report.place}: 0 applied, ${report.total} in all\n`,
    });
  });

  test("fails in one sentence on a database of a newer version, and leaves it alone", async () => {
    await using database = await kind.create();
    const env = { DATABASE_URL: database.url };
    const { total } = JSON.parse((await runTailor(["migrate", "--json"], { env })).stdout);
    await database.query(`INSERT INTO ${records} (hash, created_at) VALUES ('future', 9999999999999)`);
    const { code, stdout, stderr } = await runTailor(["migrate"], { env });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^[^\n]*Update Tailor[^\n]*\n$/);
    expect(await database.count(records)).toBe(total + 1);
  });
});

test("tailor migrate fails in one sentence without a password where no database answers", async () => {
  const env = { DATABASE_URL: "postgres://tailor:hunter2@127.0.0.1:1/tailor" };
  const { code, stderr } = await runTailor(["migrate"], { env });
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("database tailor on 127.0.0.1:1");
  expect(stderr).not.toContain("hunter2");
});
