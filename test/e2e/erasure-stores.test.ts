import { readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readJson } from "../gateway/support/test-gateway.ts";
import { postgres, type TestDatabase } from "../store/support/databases.ts";
import { runTailor } from "../support/run-tailor.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTailorProcess, type TailorProcess } from "../support/tailor-process.ts";
import { createTwoTargetConfig } from "./two-target-config.ts";

// Processes of their own on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

const PATIENCE = { timeout: 60_000 };

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await createScriptedUpstream({
    models: ["first-model", "second-model"],
    script: (body) => ({
      kind: "answer",
      content: `Wear wool in ${/in (\w+)/.exec(JSON.stringify(body.messages))?.[1]}.`,
    }),
  });
});
afterEach(() => upstream.close());

function start(env: NodeJS.ProcessEnv = {}): Promise<TailorProcess> {
  const config = createTwoTargetConfig({ baseUrl: upstream.baseUrl, model: "stylist" });
  return startTailorProcess({ config, env });
}

async function post(tailor: TailorProcess, path: string, body: object, user = ""): Promise<Response> {
  return fetch(tailor.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...(user !== "" && { "x-tailor-sticky-key": user }) },
    body: JSON.stringify(body),
  });
}

/** A request that names a town, answered by one that does too, and a comment on it. */
async function askAndJudge(tailor: TailorProcess, user: string, town: string): Promise<string> {
  const messages = [{ role: "user", content: `What to wear in ${town}?` }];
  const answer = await post(tailor, "/v1/chat/completions", { model: "stylist", messages }, user);
  const { id } = await readJson(answer);
  const comment = { inference_id: id, verdict: "accept", comment: `liked it in ${town}` };
  expect((await post(tailor, "/v1/feedback", comment)).status).toBe(201);
  return id;
}

/** Tables of PostgreSQL in which some column of some row holds the text. */
async function findTables(database: TestDatabase, text: string): Promise<string[]> {
  const tables = await database.query(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name !~ '_(default|[0-9]{8})$'",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    if ((await database.count(`"${name}" AS row WHERE row::text LIKE '%${text}%'`)) > 0)
      found.push(String(name));
  }
  return found.sort();
}

test("on PostgreSQL nothing of an erased user is left, by command and over HTTP, and another's rows stay", async () => {
  await using database = await postgres.create();
  await using tailor = await start({ DATABASE_URL: database.url });
  const towns = { anna: "Annaville", bert: "Berttown", carl: "Carlsburg", dora: "Doraheim" };
  for (const [user, town] of Object.entries(towns)) {
    for (let time = 0; time < 3; time += 1) await askAndJudge(tailor, user, town);
  }
  const everywhere = ["feedback", "inference_bodies", "shadow_answers"];
  await expect.poll(() => database.count("shadow_answers"), PATIENCE).toBe(12);
  await expect.poll(() => database.count("feedback"), PATIENCE).toBe(12);
  expect(await findTables(database, "Annaville")).toEqual(everywhere);

  const erased = await runTailor(["erase", "--user-key", "anna", "--compact", "--json"], { env: tailor.env });
  expect(JSON.parse(erased.stdout)).toMatchObject({
    subject: "user",
    isCompacted: true,
    rows: { inferences: 3, bodies: 3, attempts: 3, shadowAnswers: 3, feedback: 3 },
  });
  expect(await findTables(database, "Annaville")).toEqual([]);
  const report = await post(tailor, "/admin/erase", { user_key: "carl" });
  expect(await readJson(report)).toMatchObject({ rows: { inferences: 3, feedback: 3 } });
  expect(await findTables(database, "Carlsburg")).toEqual([]);
  const id = await askAndJudge(tailor, "dora", "Doraheim");
  await expect.poll(() => database.count("shadow_answers"), PATIENCE).toBe(7);
  const one = await runTailor(["erase", "--inference", id, "--json"], { env: tailor.env });
  expect(JSON.parse(one.stdout)).toMatchObject({ isCompacted: false, rows: { inferences: 1 } });

  expect(await findTables(database, "Berttown")).toEqual(everywhere);
  expect(await database.count("inferences")).toBe(6);
  expect(await findTables(database, "anna")).toEqual([]);
  const actions = await database.query("SELECT action FROM audit ORDER BY id");
  expect(actions.map(({ action }) => action)).toEqual(
    expect.arrayContaining(["user.erase", "inference.erase"]),
  );
  tailor.child.kill("SIGTERM");
  expect(await tailor.exited).toBe(0);
});

test("what a killed server left in its spool is settled by the erasing command, without the erased", async () => {
  await using tailor = await start();
  const other = new Database(join(tailor.folder, "tailor.db"));
  other.exec("BEGIN IMMEDIATE");
  const messages = (town: string) => [{ role: "user", content: `What to wear in ${town}?` }];
  for (const [user, town] of [
    ["anna", "Annaville"],
    ["bert", "Berttown"],
  ] as const) {
    const body = { model: "stylist", messages: messages(town) };
    expect((await post(tailor, "/v1/chat/completions", body, user)).status).toBe(200);
  }
  const readStore = async () => (await readJson(await fetch(`${tailor.url}/readyz`))).store;
  // Both rows and both shadow answers.
  await expect.poll(readStore, PATIENCE).toMatchObject({ spooled: 4, queued: 0 });
  tailor.child.kill("SIGKILL");
  await tailor.exited;
  other.close();

  const { code, stdout } = await runTailor(["erase", "--user-key", "anna", "--json"], { env: tailor.env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ subject: "user" });
  expect(readdirSync(join(tailor.folder, "spool"))).toEqual([]);
  const file = new Database(join(tailor.folder, "tailor.db"), { readonly: true });
  const answers = file.prepare("SELECT answer FROM inference_bodies").pluck().all();
  const shadows = file.prepare("SELECT answer FROM shadow_answers").pluck().all();
  const lost = file.prepare("SELECT coalesce(sum(lost), 0) FROM log_writers").pluck().get();
  file.close();
  expect([answers, shadows, lost]).toEqual([["Wear wool in Berttown."], ["Wear wool in Berttown."], 0]);
});
