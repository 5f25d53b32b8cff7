import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestDomain } from "../../src/gateway/request-domain.ts";
import type { InferenceRecord } from "../../src/store/inference-log.ts";
import { PRIVACY_POLICIES } from "../../src/store/inference-log.ts";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import type { UpstreamScript } from "../support/upstream-script.ts";
import { startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

const WORDS = "my-very-own-words";
const ANSWER = `{"outfits":[{"looks":"${WORDS} answered"}]}`;
const EMBEDDING: UpstreamScript = {
  kind: "raw",
  status: 200,
  body: JSON.stringify({
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [1] }],
    model: "m",
    usage: { prompt_tokens: 1, total_tokens: 1 },
  }),
};

/** A domain whose verdicts quote the answer, as those of hard checks do. */
const quoting = {
  schema: "pass",
  hardChecks: [{ name: "words", ok: false, reason: `in "${WORDS}"` }],
} as const;
const recognised = { createConstraint: () => null, judge: () => quoting };
const domain: RequestDomain = {
  recognise: () => recognised,
  createRequest: ({ form }) => ({
    messages: [{ role: "user", content: JSON.stringify(form) }],
    responseFormat: { type: "json_object" },
    recognised,
  }),
};

const messages = [{ role: "user", content: WORDS }];
const PATHS: readonly (readonly [path: string, body: object])[] = [
  ["/v1/chat/completions", { model: "stylist", messages }],
  ["/v1/chat/completions", { model: "stylist", messages, stream: true }],
  ["/v1/completions", { model: "stylist", prompt: WORDS }],
  ["/v1/completions", { model: "stylist", prompt: WORDS, stream: true }],
  ["/v1/responses", { model: "stylist", input: WORDS }],
  ["/v1/responses", { model: "stylist", input: WORDS, stream: true }],
  ["/v1/embeddings", { model: "stylist", input: WORDS }],
  ["/generate", { form: { preparing_for: WORDS } }],
  ["/generate", { preparing_for: WORDS }],
];

let upstream: ScriptedUpstream;
let tailor: TestGateway;
let offered: InferenceRecord["consent"][];

async function start(route: object = {}): Promise<void> {
  upstream = await startUpstream(answerWith(ANSWER));
  offered = [];
  tailor = await startTestGateway({
    upstreams: { first: upstream.baseUrl },
    route,
    deps: { domain, offerShadow: (_trace, { consent }) => void offered.push(consent) },
  });
}

async function ask(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  upstream.setDefault(path === "/v1/embeddings" ? EMBEDDING : answerWith(ANSWER));
  const response = await tailor.post(path, body, headers);
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.stringMatching(/embedding|answered/)]);
  return response;
}

async function readRows(): Promise<readonly InferenceRecord[]> {
  await tailor.gateway.idle();
  await tailor.store.flush();
  const rows: InferenceRecord[] = [];
  for await (const { inference } of tailor.store.reader.streamPairs({})) rows.push(inference);
  return rows;
}

afterEach(async () => {
  await tailor.close();
  await upstream.close();
});

describe("nothing of the words is kept", () => {
  beforeEach(() => start());

  test.each([
    ["x-tailor-no-log", {}, { "x-tailor-no-log": "1" }],
    ["store: false", { store: false }, {}],
  ] as const)(
    "on any path with %s; the rows are there, and say under which policy",
    async (_name, fields, headers) => {
      for (const [path, body] of PATHS) await ask(path, { ...body, ...fields }, { ...headers });
      const rows = await readRows();
      expect(rows).toHaveLength(PATHS.length);
      for (const row of rows) {
        expect(row).toMatchObject({
          consent: "none",
          body: null,
          status: 200,
          policyVersion: PRIVACY_POLICIES.on,
        });
        expect(JSON.stringify(row)).not.toContain(WORDS);
      }
      // A vector is never offered; the shadow runner sends nothing without consent.
      expect(new Set(offered)).toEqual(new Set(["none"]));
    },
  );

  test("for a key that consents to nothing", async () => {
    const { key } = await tailor.store.keys.create({ name: "k", scopes: ["inference"], consent: "none" });
    for (const [path, body] of PATHS) await ask(path, body, { authorization: `Bearer ${key}` });
    const rows = await readRows();
    expect(rows.map(({ body }) => body)).toEqual(PATHS.map(() => null));
    expect(JSON.stringify(rows)).not.toContain(WORDS);
  });

  test("of a request that failed or whose client asked for what cannot be", async () => {
    upstream.setDefault({
      kind: "raw",
      status: 400,
      body: JSON.stringify({ error: { message: `not ${WORDS}` } }),
    });
    await tailor.post("/v1/chat/completions", { model: "stylist", messages, store: false });
    const rows = await readRows();
    expect(rows).toMatchObject([{ body: null, consent: "none" }]);
    expect(JSON.stringify(rows)).not.toContain(WORDS);
  });
});

test("a key lowers what the route allows, and raises nothing", async () => {
  await start({ consent: "log" });
  for (const consent of ["train", "log", "none"] as const) {
    const { key } = await tailor.store.keys.create({ name: consent, scopes: ["inference"], consent });
    await ask("/v1/chat/completions", { model: "stylist", messages }, { authorization: `Bearer ${key}` });
  }
  expect((await readRows()).map(({ consent }) => consent)).toEqual(["log", "log", "none"]);
});

test("a route without consent and without redaction keeps no words and says so", async () => {
  await start({ consent: "none", redaction: "off" });
  for (const [path, body] of PATHS) await ask(path, body);
  const rows = await readRows();
  expect(new Set(rows.map(({ policyVersion }) => policyVersion))).toEqual(new Set([PRIVACY_POLICIES.off]));
  expect(JSON.stringify(rows)).not.toContain(WORDS);
});

test("a hit in the cache is logged by the consent of who asks, and a refusal is neither served from it nor kept", async () => {
  await start({ cache: { enabled: true } });
  const body = { model: "stylist", messages, temperature: 0 };
  const states: (string | null)[] = [];
  for (const fields of [{ store: false }, {}, {}, { store: false }]) {
    states.push((await ask("/v1/chat/completions", { ...body, ...fields })).headers.get("x-tailor-cache"));
  }
  expect(states).toEqual(["bypass", "miss", "hit", "bypass"]);
  const rows = await readRows();
  expect(rows.map(({ body: kept }) => kept === null)).toEqual([true, false, false, true]);
});

test("a caller's refusal keeps its answer out of the cache of a route that logs nothing, too", async () => {
  await start({ consent: "none", cache: { enabled: true } });
  const body = { model: "stylist", messages, temperature: 0 };
  const refused = await ask("/v1/chat/completions", body, { "x-tailor-no-log": "1" });
  expect(refused.headers.get("x-tailor-cache")).toBe("bypass");
  expect((await ask("/v1/chat/completions", body)).headers.get("x-tailor-cache")).toBe("miss");
});
