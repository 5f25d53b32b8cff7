import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import type { InferenceRecord, PairFilter } from "../../src/store/inference-log.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { collect, createFeedback, createInference, createShadow } from "./records.ts";
import { databaseKinds, type TestDatabase } from "./support/databases.ts";

const START = 1_790_000_000_000;
const ROWS = 240;

/** Row n answers to n's divisors, so that every filter has its own rows and combinations do not coincide. */
function createRow(n: number): InferenceRecord {
  const checks = [{ name: "budget", ok: n % 5 !== 0 }];
  return createInference({
    id: createUuidV7(START + n * 1_000),
    createdAt: START + n * 1_000,
    route: n % 3 === 0 ? "other" : "stylist",
    target: n % 4 === 0 ? "openai" : "local",
    status: n % 6 === 0 ? 503 : 200,
    fallbackReason: n % 7 === 0 ? "timeout" : null,
    verdicts: n % 8 === 0 ? null : { schema: n % 9 === 0 ? "fail" : "pass", hardChecks: checks },
    consent: n % 2 === 0 ? "train" : "log",
    body:
      n % 11 === 0
        ? null
        : {
            request: {
              messages: [{ role: "user", content: n % 10 === 0 ? 'a "Silk" scarf, 100% \\ pure' : "a hat" }],
            },
            answer: createAnswer(n),
            ...(n % 17 === 0 && { choices: [{ message: { refusal: "I must decline" } }] }),
          },
  });
}

/** Plain, JSON of the model's own, or a text that has to be stored as JSON. */
function createAnswer(n: number): string {
  if (n % 12 === 0) return 'Wear_wool\u0000 "today"\nand tomorrow';
  if (n % 14 === 0) return JSON.stringify({ looks: 'a "linen" suit\nand sandals' });
  return n % 16 === 0 ? 'a "tweed" coat\nand boots' : "nothing to say";
}

const isFailed = (n: number) => n % 8 !== 0 && (n % 9 === 0 || n % 5 === 0);
const agreementOf = (n: number) => (n % 100) / 100;
const isShadowed = (n: number) => n % 2 === 0;

const CASES: readonly [name: string, filter: PairFilter, holds: (n: number) => boolean][] = [
  ["a route", { route: "other" }, (n) => n % 3 === 0],
  ["a target", { target: "openai" }, (n) => n % 4 === 0],
  ["a time on", { sinceMs: START + 100_000 }, (n) => n >= 100],
  ["before a time", { untilMs: START + 100_000 }, (n) => n < 100],
  ["a span", { sinceMs: START + 50_000, untilMs: START + 60_000 }, (n) => n >= 50 && n < 60],
  ["a failed status", { status: 503 }, (n) => n % 6 === 0],
  ["a good status", { status: 200 }, (n) => n % 6 !== 0],
  ["a status nobody got", { status: 429 }, () => false],
  ["failed verdicts", { verdict: "fail" }, isFailed],
  ["passed verdicts", { verdict: "pass" }, (n) => n % 8 !== 0 && !isFailed(n)],
  ["no verdict", { verdict: "none" }, (n) => n % 8 === 0],
  ["a fallback", { hasFallback: true }, (n) => n % 7 === 0],
  ["no fallback", { hasFallback: false }, (n) => n % 7 !== 0],
  ["a shadow", { hasShadow: true }, isShadowed],
  ["no shadow", { hasShadow: false }, (n) => !isShadowed(n)],
  ["little agreement", { maxAgreement: 0.1 }, (n) => isShadowed(n) && agreementOf(n) <= 0.1],
  [
    "a range of agreement",
    { minAgreement: 0.4, maxAgreement: 0.6 },
    (n) => isShadowed(n) && agreementOf(n) >= 0.4 && agreementOf(n) <= 0.6,
  ],
  ["feedback", { hasFeedback: true }, (n) => n % 13 === 0],
  ["consent", { consent: "train" }, (n) => n % 2 === 0],
  ["a request's text, in any case", { text: "silk" }, (n) => n % 10 === 0 && n % 11 !== 0],
  ["text with a quote in it", { text: 'a "Silk"' }, (n) => n % 10 === 0 && n % 11 !== 0],
  ["text with signs of SQL in it", { text: "100% \\ pure" }, (n) => n % 10 === 0 && n % 11 !== 0],
  ["text that a pattern would match", { text: "1_0%" }, () => false],
  ["a refusal's text", { text: "must decline" }, (n) => n % 17 === 0 && n % 11 !== 0],
  ["an answer's text", { text: "wear_wool" }, (n) => n % 12 === 0 && n % 11 !== 0],
  ["a quote in an answer that is stored as JSON", { text: '"today"' }, (n) => n % 12 === 0 && n % 11 !== 0],
  ["lines of an answer stored as JSON", { text: '"\nand tomorrow' }, (n) => n % 12 === 0 && n % 11 !== 0],
  ["a NUL in an answer", { text: "wool\u0000 " }, (n) => n % 12 === 0 && n % 11 !== 0],
  ["a NUL that nobody wrote", { text: "\u0000silk" }, () => false],
  [
    "quotes and lines in an answer of JSON",
    { text: '"linen" suit\nand' },
    (n) => n % 14 === 0 && n % 12 !== 0 && n % 11 !== 0,
  ],
  [
    "quotes and lines in a plain answer",
    { text: '"tweed" coat\nand' },
    (n) => n % 16 === 0 && n % 12 !== 0 && n % 14 !== 0 && n % 11 !== 0,
  ],
  [
    "several things at once",
    { route: "other", status: 503, hasFallback: true, hasShadow: true },
    (n) => n % 3 === 0 && n % 6 === 0 && n % 7 === 0 && isShadowed(n),
  ],
];

describe.each(databaseKinds)("filters on $name", (kind) => {
  let database: TestDatabase;
  let store: Store;
  const rows = Array.from({ length: ROWS }, (_, n) => createRow(n));

  beforeAll(async () => {
    database = await kind.create();
    store = await openStore({ url: database.url });
    for (const [n, row] of rows.entries()) {
      store.recorder.recordInference(row);
      const agreement = agreementOf(n);
      if (isShadowed(n)) store.recorder.recordShadow(createShadow(row.id, { agreement }));
      // A second one, further off: a row with two shadows is still one row.
      if (n % 50 === 0) store.recorder.recordShadow(createShadow(row.id, { agreement }));
      if (n % 13 === 0) store.recorder.recordFeedback(createFeedback(row.id));
    }
    await store.flush();
  });
  afterAll(async () => {
    await store.close();
    await database[Symbol.asyncDispose]();
  });

  const listAll = async (filter: PairFilter) => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.reader.listInferences({ limit: 9, cursor, filter });
      found.push(...page.rows.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return found;
  };

  it.each(CASES)("finds %s, page by page and streamed, both ways", async (_, filter, holds) => {
    const expected = rows.filter((_row, n) => holds(n)).map(({ id }) => id);
    expect(await listAll(filter)).toEqual(expected.toReversed());
    const pairs = await collect(store.reader.streamPairs(filter));
    expect(pairs.map(({ inference }) => inference.id)).toEqual(expected);
    const streamed = await collect(store.reader.streamInferences(filter));
    expect(streamed.map(({ id }) => id)).toEqual(expected.toReversed());
  });

  it("reads pairs by their ids, in the order asked for, without those that are not there", async () => {
    const [first, second] = [rows[7], rows[3]];
    const ids = [first?.id ?? "", createUuidV7(START), "no id", second?.id ?? ""];
    const pairs = await store.reader.readPairs(ids);
    expect(pairs.map(({ inference }) => inference)).toEqual([first, second]);
  });
});

describe.each(databaseKinds)("a search through many rows of $name", (kind) => {
  const MANY = 5_000;
  let database: TestDatabase;
  let store: Store;
  /** Oldest, middle and newest: what lies between is more than one page looks through. */
  const marked = new Set([5, 2_600, 4_999]);
  const rows = Array.from({ length: MANY }, (_, n) =>
    createInference({
      id: createUuidV7(START + n),
      createdAt: START + n,
      attempts: [],
      // Every second row may be the one with feedback, shadows, a fallback or a failure; few are marked.
      status: n % 2 === 0 ? 200 : 503,
      fallbackReason: n % 2 === 0 ? null : "timeout",
      consent: marked.has(n) ? "none" : "log",
      body: { request: null, answer: marked.has(n) ? "needle" : "hay" },
    }),
  );

  beforeAll(async () => {
    database = await kind.create();
    store = await openStore({ url: database.url });
    for (const [n, row] of rows.entries()) {
      store.recorder.recordInference(row);
      store.recorder.recordShadow(createShadow(row.id, { agreement: marked.has(n) ? 0.9 : 0.2 }));
      store.recorder.recordFeedback(createFeedback(row.id));
    }
    await store.flush();
  });
  afterAll(async () => {
    await store.close();
    await database[Symbol.asyncDispose]();
  });

  const listPages = async (filter: PairFilter) => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await store.reader.listInferences({ limit: 50, cursor, filter });
      pages.push(page.rows.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return pages;
  };

  it.each<[name: string, filter: PairFilter, looked: number, found: readonly number[]]>([
    ["text", { text: "needle" }, MANY, [4_999, 2_600, 5]],
    ["consent", { consent: "none" }, MANY, [4_999, 2_600, 5]],
    ["agreement", { minAgreement: 0.5 }, MANY, [4_999, 2_600, 5]],
    ["feedback and consent", { hasFeedback: true, consent: "none" }, MANY, [4_999, 2_600, 5]],
    ["a failed status", { status: 503, consent: "none" }, MANY / 2, [4_999, 5]],
    ["a fallback", { hasFallback: true, consent: "none" }, MANY / 2, [4_999, 5]],
    ["a status nobody got", { status: 429 }, MANY / 2, []],
    ["a verdict nobody got", { verdict: "none" }, MANY, []],
    ["a route", { route: "stylist", consent: "none" }, MANY, [4_999, 2_600, 5]],
    ["no shadow", { hasShadow: false }, MANY, []],
  ])("looks by %s through a part of them a page and finds all there is in the end", async (...row) => {
    const [, filter, looked, found] = row;
    const pages = await listPages(filter);
    expect(pages.flat()).toEqual(found.map((n) => rows[n]?.id));
    // A thousand a page, of texts half as many; where the last of these ends with the log, only one more can tell.
    const searched = filter.text === undefined ? 1_000 : 500;
    expect(pages).toHaveLength(Math.ceil(looked / searched) + (looked % searched === 0 ? 1 : 0));
  });

  it("goes on within a span of time only", async () => {
    const pages = await listPages({ text: "needle", sinceMs: START + 2_000, untilMs: START + 4_500 });
    expect(pages.flat()).toEqual([rows[2_600]?.id]);
    expect(pages).toHaveLength(6);
  });

  it("streams past parts in which nothing matches", async () => {
    const pairs = await collect(store.reader.streamPairs({ consent: "none" }));
    expect(pairs.map(({ inference }) => inference.id)).toEqual([5, 2_600, 4_999].map((n) => rows[n]?.id));
  });
});
