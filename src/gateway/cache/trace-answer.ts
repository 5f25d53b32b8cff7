import type { ChatCompletion } from "../../protocol/chat-completion.ts";
import type { EmbeddingsAnswer } from "../../protocol/embeddings.ts";
import type { InferenceTrace } from "../inference-trace.ts";
import type { CacheLead } from "./answer-cache.ts";
import { type CachedAnswer, type CachedBody, isRepeatable } from "./cached-answer.ts";

/** Notes in the trace who once gave the answer that is repeated. */
function noteRepeated(trace: InferenceTrace, { facts, licenseClass }: CachedAnswer): void {
  trace.target = trace.intake.picked;
  trace.facts = facts;
  trace.licenseClass = licenseClass;
}

export function repeatCompletion(trace: InferenceTrace, cached: CachedAnswer): ChatCompletion {
  noteRepeated(trace, cached);
  if (cached.completion !== undefined) return cached.completion;
  throw new TypeError("the cache keeps something else than a completion under a completion's key");
}

export function repeatEmbeddings(trace: InferenceTrace, cached: CachedAnswer): EmbeddingsAnswer {
  noteRepeated(trace, cached);
  if (cached.embeddings !== undefined) return cached.embeddings;
  throw new TypeError("the cache keeps something else than embeddings under their key");
}

/** Null for what must not be repeated: a stand-in's answer too, else an outage would live on in the cache. */
export function createCachedAnswer(trace: InferenceTrace, body: CachedBody): CachedAnswer | null {
  const { facts, licenseClass, fallbackReason, intake } = trace;
  if (facts === null || licenseClass === null || fallbackReason !== null) return null;
  if (body.completion !== undefined && !isRepeatable(body.completion)) return null;
  const { id: inferenceId, stickyKeyHash } = intake;
  return { inferenceId, stickyKeyHash, ...body, facts, licenseClass };
}

/** Ends a visit that brought no answer. */
export function endLead({ intake }: InferenceTrace, lead: CacheLead): void {
  if (intake.signal.aborted) lead.leave();
  else lead.keep(null);
}
