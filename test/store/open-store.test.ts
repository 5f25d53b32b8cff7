import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import type { AttemptRecord } from "../../src/store/inference-log.ts";
import { openStore, type Store, type StoreOptions } from "../../src/store/open-store.ts";
import { UnwrittenRecordsError } from "../../src/store/store-errors.ts";
import type { StoreLogger } from "../../src/store/store-logger.ts";
import { collect, createFeedback, createInference, createShadow } from "./records.ts";
import { type DatabaseKind, databaseKinds, sqlite, type TestDatabase } from "./support/databases.ts";

const databases: TestDatabase[] = [];
const stores: Store[] = [];

async function open(kind: DatabaseKind, options: Partial<StoreOptions> = {}) {
  const database = await kind.create();
  databases.push(database);
  const store = await openStore({ url: database.url, ...options });
  stores.push(store);
  return { store, database };
}

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close().catch(() => undefined)));
  await Promise.all(databases.splice(0).map((database) => database[Symbol.asyncDispose]()));
});

/** A logger that keeps what it is told, as text. */
function createListeningLogger() {
  const lines: string[] = [];
  const keep = (data: object, message: string): void => void lines.push(`${JSON.stringify(data)} ${message}`);
  const logger: StoreLogger = { warn: keep, error: keep };
  return { lines, logger };
}

describe.each(databaseKinds)("the store on $name", (kind) => {
  it("gives back an inference with its attempts, body, shadows and feedback exactly as recorded", async () => {
    const { store } = await open(kind);
    const inference = createInference();
    const shadows = [createShadow(inference.id), createShadow(inference.id, FAILED_SHADOW)];
    const feedback = [createFeedback(inference.id), createFeedback(inference.id, EMPTY_FEEDBACK)];
    store.recorder.recordInference(inference);
    for (const shadow of shadows) store.recorder.recordShadow(shadow);
    for (const opinion of feedback) store.recorder.recordFeedback(opinion);
    await store.flush();
    const pair = await store.reader.readInference(inference.id);
    expect(pair?.inference).toEqual(inference);
    expect(new Set(pair?.shadows)).toEqual(new Set(shadows));
    expect(new Set(pair?.feedback)).toEqual(new Set(feedback));
    expect(store.stats()).toMatchObject({ queued: 0, written: 5, dropped: 0, failed: 0, stalled: null });
  });

  it("takes attempts from the spool of a version that did not count retries", async () => {
    const { store } = await open(kind);
    const inference = createInference();
    const uncounted = inference.attempts.map(({ retries: _, ...attempt }) => attempt as AttemptRecord);
    store.recorder.recordInference({ ...inference, attempts: uncounted });
    await store.flush();
    const pair = await store.reader.readInference(inference.id);
    expect(pair?.inference.attempts).toEqual(uncounted.map((attempt) => ({ ...attempt, retries: null })));
  });

  it("keeps an inference without body, verdicts or target", async () => {
    const { store } = await open(kind);
    const inference = createInference({
      body: null,
      verdicts: null,
      target: null,
      attempts: [],
      ttftMs: null,
    });
    store.recorder.recordInference(inference);
    await store.flush();
    expect((await store.reader.readInference(inference.id))?.inference).toEqual(inference);
  });

  it("keeps lone surrogates, NUL and key order", async () => {
    const { store } = await open(kind);
    const odd = "a\ud800b\u0000c\u0001\u{1f457}\udfff";
    const inference = createInference({
      requestedModel: odd,
      errorCode: "\u0001x",
      body: { request: { z: odd, a: [odd], [odd]: 1 }, answer: odd },
    });
    store.recorder.recordInference(inference);
    store.recorder.recordShadow(
      createShadow(inference.id, { answer: odd, error: { kind: "x", message: odd } }),
    );
    await store.flush();
    const pair = await store.reader.readInference(inference.id);
    expect(pair?.inference).toEqual(inference);
    expect(JSON.stringify(pair?.inference.body)).toBe(JSON.stringify(inference.body));
    expect(pair?.shadows[0]?.answer).toBe(odd);
    expect(pair?.shadows[0]?.error?.message).toBe(odd);
  });

  it("takes a snapshot: what the caller changes afterwards is not stored", async () => {
    const { store } = await open(kind);
    const request = { model: "before" };
    const inference = createInference({ body: { request, answer: null } });
    store.recorder.recordInference(inference);
    request.model = "after";
    await store.flush();
    expect((await store.reader.readInference(inference.id))?.inference.body?.request).toEqual({
      model: "before",
    });
  });

  it("stores a record once however often it is recorded", async () => {
    const { store, database } = await open(kind);
    const inference = createInference();
    for (let time = 0; time < 3; time += 1) store.recorder.recordInference(inference);
    await store.flush();
    store.recorder.recordInference({ ...inference, status: 500 });
    await store.flush();
    expect(await database.count("inferences")).toBe(1);
    expect(await database.count("attempts")).toBe(2);
    expect((await store.reader.readInference(inference.id))?.inference.status).toBe(200);
  });

  it("stores a shadow answer and feedback whose inference never comes", async () => {
    const { store, database } = await open(kind);
    store.recorder.recordShadow(createShadow(createUuidV7()));
    store.recorder.recordFeedback(createFeedback(createUuidV7()));
    await store.flush();
    expect(await database.count("shadow_answers")).toBe(1);
    expect(await database.count("feedback")).toBe(1);
    expect(store.stats().failed).toBe(0);
  });

  it("loses only the bad records of a batch, whole, and names them without their content", async () => {
    const { lines, logger } = createListeningLogger();
    const { store, database } = await open(kind, { logger });
    const good = Array.from({ length: 40 }, () => createInference());
    const template = createInference();
    const [attempt] = template.attempts;
    // Not a number: SQLite takes it for NULL, which the column refuses. First in the row itself, then in its attempt.
    const badRow = createInference({ latencyMs: Number.NaN, requestedModel: "secret-model" });
    const badAttempt = createInference({
      attempts:
        attempt === undefined ? [] : [attempt, { ...attempt, id: createUuidV7(), latencyMs: Number.NaN }],
    });
    const circular: Record<string, unknown> = { secret: "secret-text" };
    circular.self = circular;
    const badBody = createInference({ body: { request: circular, answer: "secret-answer" } });
    for (const inference of [...good.slice(0, 7), badRow, ...good.slice(7, 31), badAttempt, badBody]) {
      store.recorder.recordInference(inference);
    }
    for (const inference of good.slice(31)) store.recorder.recordInference(inference);
    await store.flush();
    expect(store.stats()).toMatchObject({ written: 40, failed: 3, queued: 0, dropped: 0 });
    expect(await database.count("inferences")).toBe(40);
    expect(await database.count("inference_bodies")).toBe(40);
    expect(await database.count("attempts")).toBe(80);
    const log = lines.join("\n");
    for (const bad of [badRow, badAttempt, badBody]) expect(log).toContain(bad.id);
    expect(log).not.toContain("secret");
  });

  it("does not acknowledge a record that has to be durable and is refused, nor refuses others with it", async () => {
    const { store, database } = await open(kind);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const results = await Promise.allSettled(
      [
        createInference(),
        createInference({ latencyMs: Number.NaN }),
        createInference({ body: { request: circular, answer: null } }),
        createInference(),
      ].map((inference) => store.recorder.recordInferenceDurably(inference)),
    );
    expect(results).toMatchObject([
      { status: "fulfilled" },
      {
        status: "rejected",
        reason: { name: "RecordRefusedError", code: expect.stringMatching(/^2|SQLITE/) },
      },
      { status: "rejected", reason: { name: "RecordRefusedError", code: "TypeError" } },
      { status: "fulfilled" },
    ]);
    expect(store.stats()).toMatchObject({ written: 2, failed: 2 });
    expect(await database.count("inferences")).toBe(2);
  });

  it("drops and counts what a full queue cannot hold, without throwing", async () => {
    const { store, database } = await open(kind, { maxQueuedRecords: 100 });
    for (let time = 0; time < 250; time += 1) store.recorder.recordInference(createInference());
    expect(store.stats()).toMatchObject({ queued: 100, dropped: 150 });
    await store.flush();
    store.recorder.recordInference(createInference());
    await store.flush();
    expect(await database.count("inferences")).toBe(101);
  });

  it("bounds the queue by size too", async () => {
    const { store } = await open(kind, { maxQueuedBytes: 100_000 });
    const body = { request: null, answer: "x".repeat(30_000) };
    for (let time = 0; time < 10; time += 1) store.recorder.recordInference(createInference({ body }));
    await store.flush();
    expect(store.stats()).toMatchObject({ written: 3, dropped: 7 });
  });

  it("commits by itself, without a flush", async () => {
    const { store, database } = await open(kind);
    store.recorder.recordInference(createInference());
    await expect.poll(() => database.count("inferences"), { timeout: 20_000, interval: 20 }).toBe(1);
  });

  it("writes 10,000 records that were recorded at once before close resolves", async () => {
    const { store, database } = await open(kind);
    for (let time = 0; time < 10_000; time += 1) store.recorder.recordInference(createInference());
    await store.close();
    expect(await database.count("inferences")).toBe(10_000);
    expect(await database.count("attempts")).toBe(20_000);
    store.recorder.recordInference(createInference());
    expect(store.stats()).toMatchObject({ queued: 0, written: 10_000, dropped: 1 });
  });

  it("can be read by another connection while it writes", async () => {
    const { store, database } = await open(kind);
    const other = await openStore({ url: database.url });
    stores.push(other);
    const seen: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (let time = 0; time < 100; time += 1) store.recorder.recordInference(createInference());
      if (round % 5 === 0) await store.flush();
      seen.push((await collect(other.reader.streamPairs({}))).length);
    }
    await store.flush();
    expect(await database.count("inferences")).toBe(2_000);
    expect(seen).toEqual(seen.toSorted((one, two) => one - two));
    expect([seen[0], seen.some((count) => count >= 1_000 && count < 2_000)]).toEqual([100, true]);
  });
});

describe("the store on SQLite", () => {
  it("keeps records while another process holds the write lock, and writes them afterwards", async () => {
    const { lines, logger } = createListeningLogger();
    const { store, database } = await open(sqlite, { logger });
    const other = new Database(parseDatabasePath(database.url));
    other.exec("BEGIN IMMEDIATE");
    store.recorder.recordInference(createInference());
    await expect.poll(() => store.stats().stalled, { timeout: 20_000 }).toBe("SQLITE_BUSY");
    expect(store.stats()).toMatchObject({ queued: 1, written: 0, failed: 0 });
    other.exec("COMMIT");
    other.close();
    await store.flush();
    expect(store.stats()).toMatchObject({ queued: 0, written: 1, stalled: null });
    expect(lines.join()).toContain("SQLITE_BUSY");
  });

  it("says how much is lost when it has to close while the database cannot write", async () => {
    const { store, database } = await open(sqlite);
    const other = new Database(parseDatabasePath(database.url));
    other.exec("BEGIN IMMEDIATE");
    for (let time = 0; time < 3; time += 1) store.recorder.recordInference(createInference());
    const error = await store.close(300).catch((thrown: unknown) => thrown);
    other.close();
    expect(error).toBeInstanceOf(UnwrittenRecordsError);
    expect(error).toMatchObject({ count: 3 });
  });
});

it.each(["postgres://user:hunter2@db", "postgres://", "mysql://user:hunter2@db/x", "file:", "file::memory:"])(
  "refuses %s with a sentence that does not repeat it",
  async (url) => {
    const error = await openStore({ url }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "UnusableDatabaseUrlError" });
    expect(String(error)).toMatch(/DATABASE_URL .*file:data\/tailor\.db/);
    expect(String(error)).not.toContain("hunter2");
  },
);

it.each([
  "postgres://tailor:hunter2@127.0.0.1:1/tailor",
  "postgres://postgres:hunter2@127.0.0.1:5432/no_such_database",
])("says of %s that it cannot be reached, without the password", async (url) => {
  const error = await openStore({ url }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "DatabaseUnreachableError" });
  expect(String(error)).toMatch(/DATABASE_URL/);
  expect(String(error)).not.toContain("hunter2");
});

const FAILED_SHADOW = {
  answer: null,
  finishReason: null,
  error: { kind: "timeout", message: "took too long" },
  verdicts: null,
  agreement: null,
  modelVersion: null,
};
const EMPTY_FEEDBACK = { score: null, verdict: null, correction: null, comment: null };
