import { afterAll, beforeAll, expect, test } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { createFeedback, createInference, createShadow } from "../store/records.ts";
import { readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";

const START = 1_790_000_000_000;
const rows = Array.from({ length: 12 }, (_, n) =>
  createInference({
    id: createUuidV7(START + n),
    createdAt: START + n,
    route: n === 1 ? "other" : "stylist",
    target: n === 2 ? "openai" : "local",
    status: n === 3 ? 503 : 200,
    fallbackReason: n === 4 ? "timeout" : null,
    consent: n === 5 ? "log" : "train",
    verdicts: n === 6 ? null : { schema: n === 7 ? "fail" : "pass", hardChecks: [] },
    body: { request: null, answer: n === 8 ? "a needle" : "hay" },
  }),
);
const others = (...left: readonly number[]) => rows.flatMap((_, n) => (left.includes(n) ? [] : [n]));

let tailor: TestGateway;
beforeAll(async () => {
  tailor = await startTestGateway({});
  const { recorder } = tailor.store;
  for (const row of rows) recorder.recordInference(row);
  recorder.recordShadow(createShadow(rows[9]?.id ?? "", { agreement: 0.75 }));
  recorder.recordShadow(createShadow(rows[10]?.id ?? "", { agreement: 0.25 }));
  recorder.recordFeedback(createFeedback(rows[11]?.id ?? ""));
  await tailor.store.flush();
});
afterAll(() => tailor.close());

test.each<[query: string, expected: readonly number[]]>([
  ["route=other", [1]],
  ["target=openai", [2]],
  ["status=503", [3]],
  ["hasFallback=true", [4]],
  ["hasFallback=false", others(4)],
  ["consent=log", [5]],
  ["verdict=none", [6]],
  ["verdict=fail", [7]],
  ["verdict=pass", others(6, 7)],
  ["text=NEEDLE", [8]],
  ["hasShadow=true", [9, 10]],
  ["hasShadow=false", others(9, 10)],
  ["minAgreement=0.5", [9]],
  ["maxAgreement=0.5", [10]],
  ["minAgreement=0.2&maxAgreement=0.8", [9, 10]],
  ["hasFeedback=true", [11]],
  ["hasFeedback=false", others(11)],
  [`since=${START + 9}`, [9, 10, 11]],
  [`until=${START + 2}`, [0, 1]],
  [`since=${new Date(START + 4).toISOString()}&until=${new Date(START + 6).toISOString()}`, [4, 5]],
])("?%s asks for those rows alone, in lists and pairs, pages and lines", async (query, expected) => {
  const ids = expected.map((n) => rows[n]?.id);
  const get = (path: string) => fetch(`${tailor.url}/admin/${path}${query}`);
  const list = await readJson(await get("inferences?"));
  expect(list.data.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed());
  const pairs = await readJson(await get("pairs?"));
  expect(pairs.data.map(({ inference }: { inference: { id: string } }) => inference.id)).toEqual(
    ids.toReversed(),
  );
  const lines = await (await get("pairs?format=jsonl&")).text();
  expect(
    lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).inference.id),
  ).toEqual(ids);
});
