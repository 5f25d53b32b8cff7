import { expect, test } from "vitest";
import { parseCachedAnswer } from "../../../src/gateway/cache/cached-answer.ts";

const shared = {
  inferenceId: "i",
  stickyKeyHash: null,
  facts: {
    dropped: [],
    modelVersion: "m",
    adapter: null,
    decoding: "tightened",
    promptVersion: "p",
    interventions: { retries: 1, replacements: 0 },
  },
  licenseClass: "commercial_ok",
};
const message = { role: "assistant", content: "hi", extra: [1] };
const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message, finish_reason: "stop" }],
};
const embeddings = { object: "list", data: [{ object: "embedding", index: 0, embedding: [0.5] }] };

test.each([
  ["a completion", { ...shared, completion }],
  ["embeddings", { ...shared, embeddings }],
])("%s comes back as it was kept", (_name, answer) => {
  expect(parseCachedAnswer(JSON.stringify(answer))).toEqual(answer);
});

test("an answer that an earlier version kept is told to be decoded nobody knows how", () => {
  const { decoding: _, ...facts } = shared.facts;
  const kept = parseCachedAnswer(JSON.stringify({ ...shared, facts, completion }));
  expect(kept).toEqual({ ...shared, facts: { ...facts, decoding: null }, completion });
});

test.each([
  ["no JSON", "{"],
  ["of another version", JSON.stringify({ ...shared, completion, licenseClass: "whatever" })],
  ["without an answer", JSON.stringify(shared)],
  ["with a broken answer", JSON.stringify({ ...shared, completion: { ...completion, choices: [] } })],
])("a text %s is nothing", (_name, text) => {
  expect(parseCachedAnswer(text)).toBeUndefined();
});
