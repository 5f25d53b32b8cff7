import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { ChatCompletion } from "../protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { AnswerFacts, LicenseClass } from "../providers/provider.ts";
import type { InferenceIntake } from "./inference-trace.ts";

export interface CachedAnswer {
  readonly completion: ChatCompletion;
  readonly facts: AnswerFacts;
  readonly licenseClass: LicenseClass;
}

/** Exact answers to exactly repeated requests. */
export interface AnswerCache {
  /** Null when this request is not to be cached. */
  keyOf(intake: InferenceIntake): string | null;
  read(key: string): CachedAnswer | undefined;
  write(entry: { key: string; answer: CachedAnswer; ttlMs: number }): void;
  stats(): { readonly entries: number; readonly bytes: number };
}

/** Fields that change how an answer is sent or filed, not what it says. */
const IRRELEVANT_FIELDS = new Set([
  "stream",
  "stream_options",
  "user",
  "safety_identifier",
  "metadata",
  "store",
]);

/**
 * The key holds the tenant, the route's version and the picked target: nobody reads another's answers, a changed route
 * starts afresh, and cohorts keep getting their own target's answers.
 */
export function createAnswerCache({ maxBytes }: { maxBytes: number }): AnswerCache {
  const entries = new LRUCache<string, CachedAnswer>({
    maxSize: maxBytes,
    sizeCalculation: (answer) => JSON.stringify(answer).length * 2,
  });
  return {
    keyOf(intake) {
      if (!isCacheable(intake)) return null;
      const { tenant, route, picked, request } = intake;
      const identity = [tenant, route.name, route.version, picked.id, intake.endpoint];
      return createHash("sha256")
        .update(JSON.stringify([...identity, canonicalise(request)]))
        .digest("base64");
    },
    read: (key) => entries.get(key),
    write: ({ key, answer, ttlMs }) => {
      entries.set(key, answer, { ttl: ttlMs });
    },
    stats: () => ({ entries: entries.size, bytes: entries.calculatedSize }),
  };
}

function isCacheable({ route, request, skipsCache }: InferenceIntake): boolean {
  if (!route.cache.enabled || skipsCache) return false;
  return route.cache.sampled || request.temperature === 0;
}

/** Top-level fields in a fixed order; what lies inside keeps its order, which a JSON schema's meaning may depend on. */
function canonicalise(request: ChatCompletionRequest): [string, unknown][] {
  return Object.entries(request)
    .filter(([name, value]) => !IRRELEVANT_FIELDS.has(name) && value !== null && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Only complete answers are worth repeating. */
export function isRepeatable(completion: ChatCompletion): boolean {
  return completion.choices.every((choice) => choice.finish_reason === "stop" && !choice.message.refusal);
}
