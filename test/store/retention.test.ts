import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { expect, it } from "vitest";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { listRetentionRules } from "../../src/store/retention/retention-policy.ts";
import { createFeedback, createInference, createShadow } from "./records.ts";
import { databaseKinds, postgres, sqlite } from "./support/databases.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const TABLES = ["inference_bodies", "attempts", "inferences", "shadow_answers", "feedback"];
const NOTHING = { inferenceBodies: 0, attempts: 0, inferences: 0, shadowAnswers: 0, feedback: 0, audit: 0 };

function record(store: Store, ageDays: number): void {
  const createdAt = Date.now() - ageDays * DAY_MS;
  const inference = createInference({ createdAt });
  store.recorder.recordInference(inference);
  store.recorder.recordShadow(createShadow(inference.id, { createdAt }));
  store.recorder.recordFeedback(createFeedback(inference.id, { createdAt }));
}

it.each(databaseKinds)("drops each table's rows by their age on $name, after counting them", async (kind) => {
  await using database = await kind.create();
  const store = await openStore({ url: database.url });
  try {
    // More than one batch is older than the year.
    for (let number = 0; number < 250; number += 1) record(store, 400);
    for (const age of [40, 10, 0]) record(store, age);
    await store.flush();
    const policy = { bodiesDays: 30, rowsDays: 365, shadowsDays: 20, auditDays: 1 };
    const expired = { ...NOTHING, inferenceBodies: 251, attempts: 500, inferences: 250, shadowAnswers: 251 };
    expect(await store.retention.count(policy)).toEqual(expired);
    expect(await database.count("inferences")).toBe(253);
    expect(await store.retention.drop({ policy })).toEqual(expired);
    expect(await Promise.all(TABLES.map(database.count))).toEqual([2, 6, 3, 2, 253]);
    expect(await store.retention.drop({ policy })).toEqual(NOTHING);
    expect(await store.retention.drop({ policy: {} })).toEqual(NOTHING);
  } finally {
    await store.close();
  }
});

it("keeps no contents longer than their rows, and nothing is dropped without a number", () => {
  const now = 1_000 * DAY_MS;
  const daysOf = (policy: Parameters<typeof listRetentionRules>[0]) =>
    Object.fromEntries(
      listRetentionRules(policy, now).map(({ table, beforeMs }) => [table, (now - beforeMs) / DAY_MS]),
    );
  expect(daysOf({})).toEqual({});
  expect(daysOf({ bodiesDays: 30 })).toEqual({ inferenceBodies: 30 });
  expect(daysOf({ bodiesDays: 30, rowsDays: 7 })).toEqual({
    inferenceBodies: 7,
    attempts: 7,
    inferences: 7,
    shadowAnswers: 7,
  });
  expect(daysOf({ shadowsDays: 30, rowsDays: 7 })).toMatchObject({ shadowAnswers: 7 });
  expect(daysOf({ shadowsDays: 3, rowsDays: 7 })).toMatchObject({ shadowAnswers: 3, inferences: 7 });
  expect(daysOf({ shadowsDays: 30 })).toEqual({ shadowAnswers: 30 });
  expect(daysOf({ rowsDays: 7, feedbackDays: 1 })).toMatchObject({ inferenceBodies: 7, feedback: 1 });
});

it("drops whole partitions of PostgreSQL, and deletes the rows of one that is in use", async () => {
  await using database = await postgres.create();
  const store = await openStore({ url: database.url });
  const reader = new pg.Client(database.url);
  await reader.connect();
  try {
    // Two weeks of long ago, made as the partitions of a server that ran then.
    for (const [name, from, to] of [
      ["old", "00000000-0000-7000-8000-000000000000", "01000000-0000-0000-0000-000000000000"],
      ["busy", "01000000-0000-0000-0000-000000000000", "01100000-0000-0000-0000-000000000000"],
    ]) {
      await database.query(
        `CREATE TABLE inference_bodies_${name} PARTITION OF inference_bodies FOR VALUES FROM ('${from}') TO ('${to}')`,
      );
    }
    await database.query(
      "INSERT INTO inference_bodies (inference_id, answer) VALUES ('00000000-0000-7000-8000-000000000001', 'a'), ('01000000-0000-7000-8000-000000000001', 'b')",
    );
    await reader.query("BEGIN");
    await reader.query("SELECT * FROM inference_bodies_busy");
    const dropping = store.retention.drop({ policy: { bodiesDays: 1 } });
    // Rows are written all the while.
    for (let number = 0; number < 20; number += 1) {
      record(store, 0);
      await sleep(20);
    }
    await store.flush();
    expect(await dropping).toMatchObject({ inferenceBodies: 2 });
    await reader.query("COMMIT");
    const left = await database.query(
      "SELECT relname FROM pg_class WHERE relname IN ('inference_bodies_old', 'inference_bodies_busy')",
    );
    expect(left.map(({ relname }) => relname)).toEqual(["inference_bodies_busy"]);
    expect(await database.count("inference_bodies")).toBe(20);
  } finally {
    await reader.end();
    await store.close();
  }
});

it("is done by one instance at a time on PostgreSQL", async () => {
  await using database = await postgres.create();
  const stores = [await openStore({ url: database.url }), await openStore({ url: database.url })];
  const holder = new pg.Client(database.url);
  await holder.connect();
  try {
    await holder.query("SELECT pg_advisory_lock(7420361201)");
    expect(await stores[0]?.retention.drop({ policy: { rowsDays: 1 } })).toBeNull();
    await holder.end();
    await expect
      .poll(() => stores[1]?.retention.drop({ policy: { rowsDays: 1 } }), { timeout: 10_000 })
      .toEqual(NOTHING);
  } finally {
    for (const store of stores) await store.close();
  }
});

it("stops between two batches when it is told to, and goes on the next time", async () => {
  await using database = await sqlite.create();
  const store = await openStore({ url: database.url });
  try {
    for (let number = 0; number < 450; number += 1) record(store, 10);
    await store.flush();
    const stopping = new AbortController();
    const dropping = store.retention.drop({ policy: { feedbackDays: 5 }, signal: stopping.signal });
    stopping.abort();
    const first = (await dropping)?.feedback ?? 0;
    expect(first).toBeLessThan(450);
    const second = (await store.retention.drop({ policy: { feedbackDays: 5 } }))?.feedback ?? 0;
    expect(first + second).toBe(450);
  } finally {
    await store.close();
  }
});
