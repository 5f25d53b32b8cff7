import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import {
  type FeedbackRecord,
  type InferenceRecord,
  PRIVACY_POLICIES,
  type ShadowRecord,
} from "../../src/store/inference-log.ts";

/** The address of a database that does not exist yet, in a folder of its own. */
export function createDatabaseUrl(): string {
  return `file:${join(mkdtempSync(join(tmpdir(), "tailor-store-")), "nested", "log.db")}`;
}

export function createInference(changes: Partial<InferenceRecord> = {}): InferenceRecord {
  const createdAt = changes.createdAt ?? Date.now();
  const id = changes.id ?? createUuidV7(createdAt);
  return {
    id,
    requestId: `req-${id}`,
    route: "stylist",
    routeVersion: 3,
    target: "local",
    requestedModel: "gpt-4o-mini",
    bucket: 42.25,
    modelVersion: "tailor-1",
    adapter: null,
    decoding: "tightened",
    promptVersion: "p1",
    licenseClass: "commercial_ok",
    endpoint: "chat.completions",
    streamed: true,
    status: 200,
    errorCode: null,
    finishReason: "stop",
    promptTokens: 310,
    completionTokens: 290,
    cachedTokens: 0,
    costUsd: 0.00031,
    latencyMs: 812.5,
    ttftMs: 92.1,
    cache: "miss",
    fallbackReason: null,
    dropped: ["image_url"],
    interventions: 2,
    fieldRetries: 1,
    stickyKeyHash: "abc123",
    consent: "train",
    policyVersion: PRIVACY_POLICIES.on,
    verdicts: { schema: "pass", hardChecks: [{ name: "budget", ok: false, reason: "too dear" }] },
    createdAt,
    attempts: [
      {
        id: createUuidV7(createdAt),
        sequence: 0,
        target: "local",
        provider: "llama",
        model: "default",
        status: null,
        errorKind: "overloaded",
        retries: 0,
        latencyMs: 3,
        ttftMs: null,
        startedAt: createdAt,
      },
      {
        id: createUuidV7(createdAt),
        sequence: 1,
        target: "openai",
        provider: "openai",
        model: "gpt-4o-mini",
        status: 200,
        errorKind: null,
        retries: 2,
        latencyMs: 800,
        ttftMs: 90,
        startedAt: createdAt + 3,
      },
    ],
    body: { request: { model: "gpt-4o-mini", messages: [{ role: "user", content: "hello" }] }, answer: "{}" },
    ...changes,
  };
}

export function createShadow(inferenceId: string, changes: Partial<ShadowRecord> = {}): ShadowRecord {
  const createdAt = changes.createdAt ?? Date.now();
  return {
    id: createUuidV7(createdAt),
    inferenceId,
    stickyKeyHash: "abc123",
    target: "openai",
    provider: "openai",
    model: "gpt-4o-mini",
    modelVersion: "gpt-4o-mini-2024-07-18",
    decoding: "constrained",
    promptVersion: "p2",
    interventions: 5,
    fieldRetries: 3,
    licenseClass: "restricted_teacher",
    policyVersion: PRIVACY_POLICIES.on,
    answer: '{"outfits":[]}',
    finishReason: "stop",
    error: null,
    verdicts: { schema: "fail", hardChecks: [] },
    agreement: 0.75,
    promptTokens: 300,
    completionTokens: 200,
    costUsd: 0.001,
    latencyMs: 1500,
    ttftMs: null,
    createdAt,
    ...changes,
  };
}

export function createFeedback(inferenceId: string, changes: Partial<FeedbackRecord> = {}): FeedbackRecord {
  const createdAt = changes.createdAt ?? Date.now();
  return {
    id: createUuidV7(createdAt),
    inferenceId,
    stickyKeyHash: "abc123",
    score: 0.5,
    verdict: "accept",
    correction: { outfits: [{ looks: "a" }] },
    comment: "fine",
    createdAt,
    ...changes,
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
