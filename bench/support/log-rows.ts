/** Rows as the gateway logs them: about 3 KB of request and answer, one attempt; some failed, shadowed or judged. */
import { createUuidV7 } from "../../src/protocol/ids.ts";
import {
  type FeedbackRecord,
  type InferenceRecord,
  PRIVACY_POLICIES,
  type ShadowRecord,
} from "../../src/store/inference-log.ts";

const WISHES = ["a summer lunch", "a job interview", "a walk in the rain", "a wedding in May", "a night out"];
const ANSWER = JSON.stringify({
  outfits: [
    {
      looks: "Linen look for a summer lunch",
      description: "A light shirt over wide trousers. ".repeat(20),
      items: ["top", "bottom", "shoes", "bag"].map((type) => ({
        query: `relaxed navy linen ${type}`,
        key: type,
        type,
        min: "40",
        max: "70",
        brand: "mango",
      })),
    },
  ],
});
const SYSTEM = `You are a stylist. Reply in JSON. ${"Keep prices inside the budget. ".repeat(40)}`;

/** What every twentieth request says of its sender. */
const CONTACT = "Write to anna.smith@example.com or call +1 415 555 2671.";

/** The n-th row of a run; ids carry the time, so later rows sort later. */
export function createLogRow(number: number, createdAt: number): InferenceRecord {
  const id = createUuidV7(createdAt);
  const isBad = number % 100 === 0;
  const target = number % 10 === 0 ? "openai" : "local";
  return {
    id,
    requestId: `req-${id}`,
    route: number % 50 === 0 ? "other" : "stylist",
    routeVersion: 1,
    target,
    requestedModel: "gpt-4o-mini",
    bucket: number % 100,
    modelVersion: "stylist-135m",
    adapter: null,
    decoding: "tightened",
    promptVersion: "p1",
    licenseClass: "commercial_ok",
    endpoint: "chat.completions",
    streamed: number % 2 === 0,
    status: isBad ? 503 : 200,
    errorCode: isBad ? "unavailable" : null,
    finishReason: isBad ? null : "stop",
    promptTokens: 310,
    completionTokens: 290,
    cachedTokens: 0,
    costUsd: null,
    latencyMs: 812.5,
    ttftMs: 92.1,
    cache: "miss",
    fallbackReason: number % 20 === 0 ? "timeout" : null,
    dropped: [],
    interventions: 0,
    fieldRetries: 0,
    stickyKeyHash: `user-${number % 10_000}`,
    consent: "train",
    policyVersion: PRIVACY_POLICIES.on,
    verdicts: { schema: "pass", hardChecks: [{ name: "budget", ok: number % 30 !== 0 }] },
    createdAt,
    attempts: [
      {
        id: createUuidV7(createdAt),
        sequence: 0,
        target,
        provider: target,
        model: "default",
        status: 200,
        errorKind: null,
        retries: 0,
        latencyMs: 800,
        ttftMs: 90,
        startedAt: createdAt,
      },
    ],
    body: {
      request: {
        model: "gpt-4o-mini",
        messages: [
          { role: "system", content: SYSTEM },
          {
            role: "user",
            content: `The user is preparing for: ${WISHES[number % WISHES.length]} ${number}. ${number % 20 === 0 ? CONTACT : ""}`,
          },
        ],
      },
      answer: ANSWER,
    },
  };
}

export function createShadowRow(
  { id, stickyKeyHash, createdAt }: InferenceRecord,
  number: number,
): ShadowRecord {
  return {
    id: createUuidV7(createdAt),
    inferenceId: id,
    stickyKeyHash,
    target: "openai",
    provider: "openai",
    model: "gpt-4o-mini",
    modelVersion: null,
    decoding: null,
    promptVersion: null,
    interventions: null,
    fieldRetries: null,
    licenseClass: "restricted_teacher",
    policyVersion: PRIVACY_POLICIES.on,
    answer: ANSWER,
    finishReason: "stop",
    error: null,
    verdicts: null,
    agreement: (number % 101) / 100,
    promptTokens: 300,
    completionTokens: 200,
    costUsd: 0.001,
    latencyMs: 1500,
    ttftMs: null,
    createdAt,
  };
}

export function createFeedbackRow({ id, stickyKeyHash, createdAt }: InferenceRecord): FeedbackRecord {
  return {
    id: createUuidV7(createdAt),
    inferenceId: id,
    stickyKeyHash,
    score: null,
    verdict: "accept",
    correction: null,
    comment: null,
    createdAt,
  };
}
