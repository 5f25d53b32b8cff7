import { afterEach, beforeEach, expect, test } from "vitest";
import { hashStickyKey } from "../../src/routing/sticky-key.ts";
import { PRIVACY_POLICIES } from "../../src/store/inference-log.ts";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

const ADDRESS = "anna.muster@example.com";

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await startUpstream(answerWith(`Write to ${ADDRESS}.`));
});
afterEach(() => upstream.close());

/** The pair that a request leaves in the log, as text and parsed. */
async function store({ route, fields = {} }: { readonly route: object; readonly fields?: object }) {
  await using tailor = await startTestGateway({ upstreams: { first: upstream.baseUrl }, route });
  const messages = [{ role: "user", content: `I am ${ADDRESS}` }];
  const answer = await tailor.post("/v1/chat/completions", { model: "stylist", messages, ...fields });
  expect(await answer.text()).toContain(ADDRESS);
  expect(JSON.stringify(upstream.requests.at(-1)?.body)).toContain(ADDRESS);
  await tailor.gateway.idle();
  await tailor.store.flush();
  const { rows } = await tailor.store.reader.listInferences({ limit: 1 });
  const pair = await tailor.store.reader.readInference(rows[0]?.id ?? "");
  return { inference: pair?.inference, text: JSON.stringify(pair) };
}

test.each<[route: object]>([[{}], [{ redaction: "on" }]])(
  "a route with %j stores contents without addresses",
  async (route) => {
    const { inference, text } = await store({ route });
    expect(text).not.toContain(ADDRESS);
    expect(inference).toMatchObject({
      policyVersion: PRIVACY_POLICIES.on,
      body: {
        request: { messages: [{ role: "user", content: "I am [email]" }] },
        answer: "Write to [email].",
      },
    });
  },
);

test("a route with redaction off stores them as they are, and says so", async () => {
  const { inference } = await store({ route: { redaction: "off" } });
  expect(inference).toMatchObject({
    policyVersion: PRIVACY_POLICIES.off,
    body: {
      request: { messages: [{ role: "user", content: `I am ${ADDRESS}` }] },
      answer: `Write to ${ADDRESS}.`,
    },
  });
});

test.each(["on", "off"])(
  "with redaction %s users are stored as keyed hashes, whatever names them",
  async (redaction) => {
    const fields = { user: "user-4711", safety_identifier: "safety-4711", prompt_cache_key: "cache-4711" };
    const { inference, text } = await store({ route: { redaction }, fields });
    expect(text).not.toContain("4711");
    const hash = (key: string) => hashStickyKey(key, "test");
    expect(inference).toMatchObject({
      stickyKeyHash: hash(fields.safety_identifier),
      body: {
        request: {
          user: hash(fields.user),
          safety_identifier: hash(fields.safety_identifier),
          prompt_cache_key: hash(fields.prompt_cache_key),
        },
      },
    });
  },
);
