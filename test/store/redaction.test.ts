import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import { PRIVACY_POLICIES } from "../../src/store/inference-log.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { createFeedback, createInference, createShadow } from "./records.ts";
import { databaseKinds, sqlite } from "./support/databases.ts";

const SECRETS = ["anna@example.com", "+1 415 555 2671", "4111 1111 1111 1111", "sk-abcdefghijklmnop1234"];
const PRIVATE_TEXT = `Call ${SECRETS[1]}, write ${SECRETS[0]}; ${SECRETS[2]}, ${SECRETS[3]}`;
const PICTURE = `data:image/png;base64,${Buffer.from("a picture of nobody").toString("base64")}`;

function recordPrivateThings(store: Store, policyVersion: string): string {
  const content = [
    { type: "text", text: PRIVATE_TEXT },
    { type: "image_url", image_url: { url: PICTURE } },
  ];
  const inference = createInference({
    policyVersion,
    body: {
      request: { model: "m", messages: [{ role: "user", content }], metadata: { "anna@example.com": "1" } },
      answer: PRIVATE_TEXT,
    },
  });
  store.recorder.recordInference(inference);
  const error = { kind: "invalid_request", message: PRIVATE_TEXT };
  store.recorder.recordShadow(createShadow(inference.id, { policyVersion, answer: PRIVATE_TEXT, error }));
  store.recorder.recordFeedback(
    createFeedback(inference.id, { comment: PRIVATE_TEXT, correction: { looks: PRIVATE_TEXT } }),
  );
  return inference.id;
}

const findSecrets = (text: string) => SECRETS.filter((secret) => text.includes(secret));

it.each(databaseKinds)("takes private texts and pictures out before $name has them", async (kind) => {
  await using database = await kind.create();
  const store = await openStore({ url: database.url });
  try {
    const id = recordPrivateThings(store, PRIVACY_POLICIES.on);
    await store.flush();
    const pair = await store.reader.readInference(id);
    const stored = JSON.stringify(pair);
    expect(findSecrets(stored)).toEqual([]);
    expect(stored).not.toContain(PICTURE);
    expect(pair?.inference.policyVersion).toBe(PRIVACY_POLICIES.on);
    expect(pair?.inference.body?.answer).toBe("Call [phone], write [email]; [card], [key]");
    expect(pair?.shadows[0]?.answer).toBe("Call [phone], write [email]; [card], [key]");
    expect(pair?.shadows[0]?.error?.message).toBe("Call [phone], write [email]; [card], [key]");
  } finally {
    await store.close();
  }
});

it.each(databaseKinds)(
  "reads back from $name texts that are stored as JSON, without what is private",
  async (kind) => {
    await using database = await kind.create();
    const store = await openStore({ url: database.url });
    try {
      const odd = "\u0000\rk-aaaaaaaaaaaaaaaaaaaaaaaa";
      const answers = [
        odd,
        `${odd}\nanna@example.com \ud800`,
        JSON.stringify({ a: odd }),
        "\u0001anna@example.com",
      ];
      const rows = answers.map((answer) => createInference({ body: { request: {}, answer } }));
      for (const row of rows) store.recorder.recordInference(row);
      await store.flush();
      const pairs = await store.reader.readPairs(rows.map(({ id }) => id));
      expect(pairs.map(({ inference }) => inference.body?.answer)).toEqual([
        odd,
        `${odd}\n[email] \ud800`,
        JSON.stringify({ a: odd }),
        "\u0001[email]",
      ]);
    } finally {
      await store.close();
    }
  },
);

it("reads pages on which a text's JSON is broken", async () => {
  await using database = await sqlite.create();
  const store = await openStore({ url: database.url });
  try {
    const { id } = createInference();
    store.recorder.recordInference(createInference({ id }));
    await store.flush();
    await database.query(`UPDATE inference_bodies SET answer = char(1) || '"\\[key]"'`);
    expect((await store.reader.readInference(id))?.inference.body?.answer).toBe('\u0001"\\[key]"');
  } finally {
    await store.close();
  }
});

it("keeps the texts, but no picture, of a route that turned redaction off", async () => {
  await using database = await sqlite.create();
  const store = await openStore({ url: database.url });
  try {
    const id = recordPrivateThings(store, PRIVACY_POLICIES.off);
    await store.flush();
    const pair = await store.reader.readInference(id);
    expect(pair?.inference.body?.answer).toBe(PRIVATE_TEXT);
    expect(pair?.shadows[0]?.error?.message).toBe(PRIVATE_TEXT);
    expect(JSON.stringify(pair)).not.toContain(PICTURE);
    expect(pair?.feedback[0]?.comment).toBe("Call [phone], write [email]; [card], [key]");
  } finally {
    await store.close();
  }
});

it("leaves nothing private in the spool of a database that is away", async () => {
  await using database = await sqlite.create();
  const spoolDir = await mkdtemp(join(tmpdir(), "tailor-spool-"));
  const store = await openStore({ url: database.url, spoolDir });
  const holder = new Database(parseDatabasePath(database.url));
  holder.exec("BEGIN IMMEDIATE");
  try {
    recordPrivateThings(store, PRIVACY_POLICIES.on);
    await store.flush();
    const files = readdirSync(spoolDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const spooled = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("");
    expect(spooled).toContain("[email]");
    expect(findSecrets(spooled)).toEqual([]);
  } finally {
    holder.close();
    await store.close();
  }
});
