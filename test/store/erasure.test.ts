import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import type { InferenceRecord } from "../../src/store/inference-log.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { createFeedback, createInference, createShadow } from "./records.ts";
import { databaseKinds, sqlite } from "./support/databases.ts";

const NOTE = { actor: "test", reason: null };
const TABLES = ["inferences", "inference_bodies", "attempts", "shadow_answers", "feedback"];
const userOf = (stickyKeyHash: string) => ({ kind: "user", stickyKeyHash }) as const;

/** A request of the user with shadow and feedback; every content names the user. */
function record(store: Store, user: string, changes: Partial<InferenceRecord> = {}): InferenceRecord {
  const secret = `secret-of-${user}`;
  const inference = createInference({
    stickyKeyHash: user,
    body: { request: { messages: [{ role: "user", content: secret }] }, answer: secret },
    ...changes,
  });
  const { id } = inference;
  store.recorder.recordInference(inference);
  store.recorder.recordShadow(createShadow(id, { stickyKeyHash: user, answer: secret }));
  store.recorder.recordFeedback(createFeedback(id, { stickyKeyHash: user, comment: secret }));
  return inference;
}

describe.each(databaseKinds)("erasing on $name", (kind) => {
  it("removes every row of a user, and no row of others", async () => {
    await using database = await kind.create();
    const store = await openStore({ url: database.url });
    try {
      // More than one batch of deletions.
      for (let number = 0; number < 130; number += 1) record(store, "anna");
      const others = [record(store, "bert"), record(store, "bert")];
      await store.flush();
      const { rows } = await store.erasures.erase(userOf("anna"), NOTE);
      expect(rows).toMatchObject({
        inferences: 130,
        bodies: 130,
        attempts: 260,
        shadowAnswers: 130,
        feedback: 130,
      });
      expect(await Promise.all(TABLES.map(database.count))).toEqual([2, 2, 4, 2, 2]);
      const pairs = await store.reader.readPairs(others.map(({ id }) => id));
      expect(pairs.map(({ inference }) => inference)).toEqual(others);
    } finally {
      await store.close();
    }
  });

  it("removes samples and reviews, also of a request whose row is gone already", async () => {
    await using database = await kind.create();
    const store = await openStore({ url: database.url });
    try {
      const anna = record(store, "anna");
      await store.flush();
      const insert = (id: string, fields: string, values: string) =>
        database.query(
          `INSERT INTO samples (id, source, input_hash, input, output, license_class, state, reasons, created_at, ${fields}) VALUES ('${id}', 'log', 'h', '{}', '{}', 'unknown', 'candidate', '[]', 1, ${values})`,
        );
      await insert("by-inference", "inference_id", `'${anna.id}'`);
      await insert("by-user", "user_hash", "'anna'");
      await insert("of-bert", "user_hash", "'bert'");
      await database.query(
        "INSERT INTO reviews (id, sample_id, reviewer, decision, created_at) VALUES ('r', 'by-inference', 'x', 'accept', 1)",
      );
      await database.query("DELETE FROM inferences");
      const { rows } = await store.erasures.erase(userOf("anna"), NOTE);
      expect(rows).toMatchObject({ inferences: 0, shadowAnswers: 1, feedback: 1, samples: 1, reviews: 0 });
      const { rows: more } = await store.erasures.erase({ kind: "inference", inferenceId: anna.id }, NOTE);
      expect(more).toMatchObject({ bodies: 1, attempts: 2, samples: 1, reviews: 1 });
      expect((await database.query("SELECT id FROM samples")).map(({ id }) => id)).toEqual(["of-bert"]);
    } finally {
      await store.close();
    }
  });

  it("removes one inference by its id and leaves the user's others", async () => {
    await using database = await kind.create();
    const store = await openStore({ url: database.url });
    try {
      const [gone, kept] = [record(store, "anna"), record(store, "anna")];
      await store.flush();
      await store.erasures.erase({ kind: "inference", inferenceId: gone.id }, NOTE);
      expect(await store.reader.readInference(gone.id)).toBeNull();
      expect(await store.reader.readInference(kept.id)).not.toBeNull();
    } finally {
      await store.close();
    }
  });

  it("refuses what comes late, in this instance and in another, and logs the user's later requests", async () => {
    await using database = await kind.create();
    const store = await openStore({ url: database.url });
    const other = await openStore({ url: database.url });
    try {
      const before = record(store, "anna", { createdAt: Date.now() - 1000 });
      await store.flush();
      const { erasedAt } = await store.erasures.erase(userOf("anna"), NOTE);
      for (const late of [store, other]) {
        late.recorder.recordShadow(createShadow(before.id, { stickyKeyHash: "anna" }));
        late.recorder.recordFeedback(createFeedback(before.id, { stickyKeyHash: "anna" }));
        record(late, "anna", { createdAt: erasedAt - 10 });
        await late.recorder.recordInferenceDurably(
          createInference({ stickyKeyHash: "anna", createdAt: erasedAt }),
        );
        expect(late.stats()).toMatchObject({ erased: 6, dropped: 0, failed: 0 });
      }
      expect(await Promise.all(TABLES.map(database.count))).toEqual([0, 0, 0, 0, 0]);
      const next = record(other, "anna", { createdAt: erasedAt + 1 });
      await other.flush();
      expect((await store.reader.readInference(next.id))?.shadows).toHaveLength(1);
    } finally {
      await store.close();
      await other.close();
    }
  });

  it("lets nothing slip between the tombstone and the rows while other instances write", async () => {
    await using database = await kind.create();
    const store = await openStore({ url: database.url });
    const writers = [await openStore({ url: database.url }), await openStore({ url: database.url })];
    const until = Date.now() + 60_000;
    try {
      let isWriting = true;
      const traffic = writers.map(async (writer) => {
        while (isWriting) {
          // Its time lies ahead of the erasure's, which is dated later on purpose: all of it is to be refused.
          record(writer, "anna");
          record(writer, "bert");
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await writer.flush();
      });
      await expect.poll(() => database.count("inferences"), { timeout: 20_000 }).toBeGreaterThan(50);
      const eraser = await openStore({ url: database.url, now: () => until });
      await eraser.erasures.erase(userOf("anna"), NOTE);
      await eraser.close();
      const left = "SELECT count(*) AS n FROM inferences WHERE sticky_key_hash = 'anna'";
      expect(Number((await database.query(left))[0]?.n)).toBe(0);
      isWriting = false;
      await Promise.all(traffic);
      expect(Number((await database.query(left))[0]?.n)).toBe(0);
      const others = await database.query(
        "SELECT count(*) AS n FROM inferences WHERE sticky_key_hash = 'bert'",
      );
      const { written } = writers.reduce(
        (sum, writer) => ({ written: sum.written + writer.stats().written }),
        {
          written: 0,
        },
      );
      expect(Number(others[0]?.n)).toBeGreaterThan(50);
      expect(written).toBeGreaterThanOrEqual(Number(others[0]?.n));
    } finally {
      for (const each of [store, ...writers]) await each.close();
    }
  }, 60_000);

  it("takes somebody unknown: no rows, but a tombstone, renewed when asked again", async () => {
    await using database = await kind.create();
    let time = 1_000;
    const store = await openStore({ url: database.url, now: () => time });
    try {
      const reason = "asked by anna@example.com";
      const first = await store.erasures.erase(userOf("nobody"), { actor: "cli", reason });
      expect(first.rows.inferences).toBe(0);
      time = 2_000;
      await store.erasures.erase(userOf("nobody"), NOTE);
      const stones = await database.query("SELECT subject, sequence, reason, created_at FROM tombstones");
      expect(
        stones.map((row) => ({ ...row, sequence: Number(row.sequence), created_at: Number(row.created_at) })),
      ).toEqual([{ subject: "user:nobody", sequence: 2, reason: "asked by [email]", created_at: 2_000 }]);
      const [entry] = await store.audit.list({ limit: 10 });
      expect(entry?.action).toBe("user.erase");
      expect(JSON.stringify(await database.query("SELECT * FROM audit"))).not.toContain("nobody");
    } finally {
      await store.close();
    }
  });

  it("tells every instance that listens", async () => {
    await using database = await kind.create();
    const [store, other] = [await openStore({ url: database.url }), await openStore({ url: database.url })];
    try {
      const heard: string[] = [];
      other.erasures.onErased((found) => heard.push(...found.map(({ subject }) => subject)));
      await store.erasures.erase(userOf("anna"), NOTE);
      await expect.poll(() => heard, { timeout: 10_000 }).toEqual(["user:anna"]);
      expect(other.erasures.covers({ inferenceId: null, stickyKeyHash: "anna" })).toBe(true);
    } finally {
      await store.close();
      await other.close();
    }
  });
});

describe("contents that were deleted", () => {
  /** Every byte of the database, the write-ahead log included. */
  function readBytes(url: string): string {
    const path = parseDatabasePath(url);
    return [path, `${path}-wal`]
      .map((file) => {
        try {
          return readFileSync(file, "latin1");
        } catch {
          return "";
        }
      })
      .join("");
  }

  it("do not linger in SQLite's files while a server writes on", async () => {
    await using database = await sqlite.create();
    const [store, server] = [await openStore({ url: database.url }), await openStore({ url: database.url })];
    try {
      for (let number = 0; number < 60; number += 1) {
        for (const user of ["anna", "bert", "carl"]) {
          const text = `secret-of-${user} ${"x".repeat((number * 97) % 5000)}`;
          record(server, user, { body: { request: { text }, answer: text } });
        }
      }
      await server.flush();
      expect(readBytes(database.url)).toContain("secret-of-anna");
      for (const user of ["anna", "carl"]) {
        const { isScrubbed } = await store.erasures.erase(userOf(user), NOTE);
        expect(isScrubbed).toBe(true);
        record(server, "bert");
        await server.flush();
      }
      const bytes = readBytes(database.url);
      expect(bytes).toContain("secret-of-bert");
      expect(bytes.split("secret-of-anna").length - 1).toBe(0);
      expect(bytes.split("secret-of-carl").length - 1).toBe(0);
    } finally {
      await store.close();
      await server.close();
    }
  });

  it("do not linger in pages that were merged, however small the rows", async () => {
    await using database = await sqlite.create();
    const store = await openStore({ url: database.url });
    try {
      for (let number = 0; number < 900; number += 1) {
        const user = `user-${number % 9}.`;
        const text = `secret-of-${user} ${"y".repeat((number * 37) % 700)} secret-of-${user}`;
        record(store, user, { body: { request: { text }, answer: text } });
      }
      await store.flush();
      for (let number = 0; number < 8; number += 1) {
        expect((await store.erasures.erase(userOf(`user-${number}.`), NOTE)).isCompacted).toBe(true);
        expect(readBytes(database.url)).not.toContain(`secret-of-user-${number}.`);
      }
      expect(readBytes(database.url)).toContain("secret-of-user-8.");
    } finally {
      await store.close();
    }
  });

  it("do not come back out of a spool that was waiting for the database", async () => {
    await using database = await sqlite.create();
    const spoolDir = mkdtempSync(join(tmpdir(), "tailor-spool-"));
    const server = await openStore({ url: database.url, spoolDir });
    const holder = new Database(parseDatabasePath(database.url));
    try {
      const readSpool = () =>
        readdirSync(spoolDir, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((file) => readFileSync(join(file.parentPath, file.name), "latin1"))
          .join("");
      holder.exec("BEGIN IMMEDIATE");
      const anna = record(server, "anna");
      const bert = record(server, "bert");
      await server.flush();
      expect(readSpool()).toContain("secret-of-anna");
      // Erased by whoever holds the database, before the spool is drained.
      holder
        .prepare("INSERT INTO tombstones (id, subject, sequence, created_at) VALUES (?, ?, 1, ?)")
        .run(createUuidV7(), `inference:${anna.id}`, Date.now());
      holder.exec("COMMIT");
      await expect
        .poll(async () => (await server.reader.readInference(bert.id))?.feedback.length, { timeout: 20_000 })
        .toBe(1);
      await expect.poll(readSpool, { timeout: 20_000 }).not.toContain("secret-of");
      expect(await server.reader.readInference(anna.id)).toBeNull();
      expect(server.stats()).toMatchObject({ erased: 3, failed: 0 });
    } finally {
      holder.close();
      await server.close();
    }
  });
});
