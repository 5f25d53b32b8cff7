import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { compactLog } from "../../src/store/compact-log.ts";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createInference } from "./records.ts";
import { sqlite } from "./support/databases.ts";

it("says so when somebody kept reading the pages that it was to remove", async () => {
  await using database = await sqlite.create();
  const store = await openStore({ url: database.url });
  store.recorder.recordInference(createInference());
  await store.close();
  const reader = new Database(parseDatabasePath(database.url));
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM inferences").get();
  expect(await compactLog(database.url, { tries: 2 })).toBe(false);
  reader.exec("COMMIT");
  expect(await compactLog(database.url, { tries: 2 })).toBe(true);
  reader.close();
});
