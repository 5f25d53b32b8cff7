import { createHmac } from "node:crypto";
import type { ChatCompletionRequest } from "../../protocol/chat-request.ts";
import type { InferenceIntake } from "../inference-trace.ts";

/** Fields that change how an answer is sent or filed, not what it says. */
const IRRELEVANT_FIELDS = new Set([
  "stream",
  "stream_options",
  "user",
  "safety_identifier",
  "metadata",
  "store",
]);

export interface CacheKeyOptions {
  readonly secret: string;
  /** Version of the model that the picked target serves; null where nobody knows it. */
  readonly modelVersion: string | null;
}

/**
 * Identifies a request that may be answered from the cache; null when it may not. The key holds the tenant, the route's
 * version, the picked target and its model's version: nobody reads another's answers, a changed route starts afresh,
 * cohorts keep getting their own target's answers, and a replaced model's answers go with it. The secret keeps others
 * who share a Redis from probing for requests.
 */
export function createCacheKey(
  intake: InferenceIntake,
  { secret, modelVersion }: CacheKeyOptions,
): string | null {
  if (!isCacheable(intake)) return null;
  const { tenant, route, picked, request, endpoint } = intake;
  const said = canonicalise(request);
  return createHmac("sha256", secret)
    .update(JSON.stringify([tenant, route.name, route.version, picked, modelVersion, endpoint, said]))
    .digest("base64url");
}

/** Embeddings are never drawn by lot. */
function isCacheable({ route, request, skipsCache, endpoint }: InferenceIntake): boolean {
  if (!route.cache.enabled || skipsCache) return false;
  return route.cache.sampled || request.temperature === 0 || endpoint === "embeddings";
}

/** Top-level fields in a fixed order; what lies inside keeps its order, which a JSON schema's meaning may depend on. */
function canonicalise(request: ChatCompletionRequest): [string, unknown][] {
  return Object.entries(request)
    .filter(([name, value]) => !IRRELEVANT_FIELDS.has(name) && value !== null && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
