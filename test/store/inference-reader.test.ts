import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { collect, createFeedback, createInference, createShadow } from "./records.ts";
import { databaseKinds, type TestDatabase } from "./support/databases.ts";

const START = 1_750_000_000_000;

describe.each(databaseKinds)("the reader of $name", (kind) => {
  let database: TestDatabase;
  let store: Store;
  // 130 inferences, several in the same millisecond; recorded in another order than their times.
  const inferences = Array.from({ length: 130 }, (_, index) =>
    createInference({
      createdAt: START + Math.floor(index / 4),
      route: index % 10 === 0 ? "rare" : "stylist",
      consent: index % 3 === 0 ? "train" : "log",
    }),
  );
  const ids = inferences
    .toSorted((one, two) => one.createdAt - two.createdAt || (one.id < two.id ? -1 : 1))
    .map((inference) => inference.id);
  const shadowed = inferences.slice(20, 90);
  const judged = inferences.slice(80, 100);

  beforeAll(async () => {
    database = await kind.create();
    store = await openStore({ url: database.url });
    for (const inference of inferences.toReversed()) store.recorder.recordInference(inference);
    for (const inference of shadowed) store.recorder.recordShadow(createShadow(inference.id));
    for (const inference of judged) store.recorder.recordFeedback(createFeedback(inference.id));
    await store.flush();
  });
  afterAll(async () => {
    await store.close();
    await database[Symbol.asyncDispose]();
  });

  const streamIds = async (filter: Parameters<Store["reader"]["streamPairs"]>[0]) =>
    (await collect(store.reader.streamPairs(filter))).map((pair) => pair.inference.id);

  const listIds = async (options: { limit: number; filter?: { route: string } }) => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.reader.listInferences({ ...options, cursor });
      found.push(...page.rows.map((row) => row.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return found;
  };

  it("streams every pair once, oldest first", async () => {
    expect(await streamIds({})).toEqual(ids);
  });

  it("streams what the filter asks for", async () => {
    const only = (wanted: readonly { id: string }[]) =>
      ids.filter((id) => wanted.some((inference) => inference.id === id));
    expect(await streamIds({ hasShadow: true })).toEqual(only(shadowed));
    expect(await streamIds({ hasShadow: false, hasFeedback: true })).toEqual(only(inferences.slice(90, 100)));
    expect(await streamIds({ consent: "train", route: "rare" })).toEqual(
      only(inferences.filter((inference) => inference.route === "rare" && inference.consent === "train")),
    );
    expect(await streamIds({ sinceMs: START + 30 })).toEqual(
      only(inferences.filter((inference) => inference.createdAt >= START + 30)),
    );
  });

  it("lists newest first in pages that neither skip nor repeat", async () => {
    expect(await listIds({ limit: 7 })).toEqual(ids.toReversed());
    expect(await listIds({ limit: 130 })).toEqual(ids.toReversed());
    expect(await listIds({ limit: 4, filter: { route: "rare" } })).toHaveLength(13);
  });

  it("goes on from a cursor whose row is gone by the time in the id", async () => {
    const page = await store.reader.listInferences({ limit: 3, cursor: createUuidV7(START + 10) });
    expect(page.rows.every((row) => row.createdAt <= START + 10)).toBe(true);
    expect(page.rows).toHaveLength(3);
  });

  it("lists rows without contents", async () => {
    const { rows } = await store.reader.listInferences({ limit: 1 });
    expect(rows[0]).not.toHaveProperty("body");
    expect(rows[0]).toHaveProperty("verdicts");
  });

  it("answers null for an unknown id", async () => {
    expect(await store.reader.readInference("nothing")).toBeNull();
  });
});
