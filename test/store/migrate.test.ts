import { spawn } from "node:child_process";
import { once } from "node:events";
import Database from "better-sqlite3";
import { getTableName } from "drizzle-orm";
import { expect, it } from "vitest";
import { parseDatabasePath } from "../../src/store/database-path.ts";
import { migrate } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/open-store.ts";
import * as schema from "../../src/store/schema/index.ts";
import { createDatabaseUrl } from "./records.ts";

it("creates every table of the schema from nothing, and nothing the second time", () => {
  const url = createDatabaseUrl();
  const first = migrate({ url });
  expect(first.applied).toBe(first.total);
  expect(migrate({ url })).toMatchObject({ applied: 0, total: first.total });
  const sqlite = new Database(first.path, { readonly: true });
  const tables = sqlite.prepare("select name from sqlite_master where type = 'table'").pluck().all();
  sqlite.close();
  for (const table of Object.values(schema)) expect(tables).toContain(getTableName(table));
});

it("refuses a database that a newer program migrated, and leaves it alone", async () => {
  const url = createDatabaseUrl();
  migrate({ url });
  const sqlite = new Database(parseDatabasePath(url));
  sqlite
    .prepare("insert into __drizzle_migrations (hash, created_at) values ('future', 9999999999999)")
    .run();
  const error = await openStore({ url }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "DatabaseNewerError" });
  expect(String(error)).toContain("Update Tailor");
  expect(sqlite.prepare("select count(*) from __drizzle_migrations").pluck().get()).toBe(2);
  sqlite.close();
});

it("can be run by several processes at once", async () => {
  const url = createDatabaseUrl();
  const module = new URL("../../src/store/migrate.ts", import.meta.url).href;
  const program = `(await import(${JSON.stringify(module)})).migrate({ url: ${JSON.stringify(url)} })`;
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "ignore", "inherit"],
    }),
  );
  await Promise.all(children.map((child) => once(child, "close")));
  expect(children.map((child) => child.exitCode)).toEqual([0, 0, 0]);
  const sqlite = new Database(parseDatabasePath(url), { readonly: true });
  const recorded = sqlite
    .prepare("select count(*), count(distinct hash) from __drizzle_migrations")
    .raw()
    .get();
  sqlite.close();
  expect(recorded).toEqual([migrate({ url }).total, migrate({ url }).total]);
});
