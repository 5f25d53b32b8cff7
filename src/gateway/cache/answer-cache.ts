import type { Target } from "../../routing/route.ts";
import type { ErasureSubject, Origin } from "../../store/erasure/tombstones.ts";
import type { InferenceIntake } from "../inference-trace.ts";
import { createCacheKey } from "./cache-key.ts";
import { type CachedAnswer, parseCachedAnswer } from "./cached-answer.ts";
import { createLocalAnswers } from "./local-answers.ts";
import type { SharedAnswers, SharedState } from "./shared-answers.ts";
import { createSingleFlight, type Seat } from "./single-flight.ts";

/** What a request finds in the cache, and what it owes it. */
type CacheVisit =
  | { readonly state: "hit"; readonly answer: CachedAnswer }
  | { readonly state: "miss"; readonly lead: CacheLead }
  | { readonly state: "bypass" };

/** Whoever makes the answer ends the visit with one of these; identical requests may be waiting for it. */
export interface CacheLead {
  /** Keeps the answer when it is one to keep; null is none. */
  keep(answer: CachedAnswer | null): void;
  /** There is no answer because the client left: one of those who wait begins anew. */
  leave(): void;
  /** Larger answers are not kept, so collecting one can stop here. */
  readonly maxBytes: number;
}

/** Exact answers to exactly repeated requests. */
export interface AnswerCache {
  /** Waits for an identical request that is being answered right now. Throws the client signal's reason. */
  visit(intake: InferenceIntake): Promise<CacheVisit>;
  /** Removes the answers made for a subject, everywhere. False when the shared cache could not be reached. */
  forget(subject: ErasureSubject): Promise<boolean>;
  stats(): CacheStats;
  /** State of the shared cache; null without one. */
  sharedState(): SharedState | null;
}

interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
  /** Counts by what happened, since the start. */
  readonly events: Readonly<Record<CacheEvent, number>>;
}

type CacheEvent =
  | "hit_local"
  | "hit_shared"
  | "hit_joined"
  | "miss"
  | "bypass"
  | "kept"
  | "too_large"
  | "forgotten";

export interface AnswerCacheOptions {
  readonly maxBytes: number;
  /** Largest answer kept; none larger than a sixteenth of the whole when left out. */
  readonly maxEntryBytes?: number | undefined;
  /** Keys the requests' hashes; the same for every instance on one database. */
  readonly secret: string;
  readonly shared?: SharedAnswers | undefined;
  /** Version of the model that a target serves right now; null where nobody knows it, as with upstreams. */
  readonly servedVersion?: ((target: Target) => string | null) | undefined;
  /** Whether an answer belongs to what was erased: it is neither kept nor repeated. */
  readonly isErased?: ((origin: Origin) => boolean) | undefined;
}

export function createAnswerCache(options: AnswerCacheOptions): AnswerCache {
  const {
    maxBytes,
    maxEntryBytes = Math.ceil(maxBytes / 16),
    secret,
    shared,
    servedVersion = () => null,
    isErased = () => false,
  } = options;
  const local = createLocalAnswers({ maxBytes });
  const flights = createSingleFlight<CachedAnswer>();
  const events = createEventCounts();
  shared?.onForgotten((key) => local.remove(key));

  function keep({ key, answer, ttlMs }: { key: string; answer: CachedAnswer; ttlMs: number }): void {
    // Erased while it was being made.
    if (isErased(answer)) return;
    const text = JSON.stringify(answer);
    const sizeBytes = Buffer.byteLength(text);
    if (sizeBytes > maxEntryBytes) {
      events.too_large += 1;
      return;
    }
    events.kept += 1;
    local.write({ key, answer, sizeBytes, ttlMs });
    const { inferenceId, stickyKeyHash } = answer;
    shared?.write({ key, inferenceId, stickyKeyHash, text, ttlMs });
  }

  async function readShared(key: string, ttlMs: number): Promise<CachedAnswer | undefined> {
    const text = await shared?.read(key);
    const answer = text === undefined ? undefined : parseCachedAnswer(text);
    if (text === undefined || answer === undefined || isErased(answer)) return undefined;
    local.write({ key, answer, sizeBytes: Buffer.byteLength(text), ttlMs: Math.min(ttlMs, SHARED_COPY_MS) });
    return answer;
  }

  function hit(answer: CachedAnswer, event: CacheEvent): CacheVisit {
    events[event] += 1;
    return { state: "hit", answer };
  }

  function createLead(options: {
    key: string;
    isCurrent: () => boolean;
    ttlMs: number;
    seat: Seat<CachedAnswer>;
  }): CacheLead {
    const { key, isCurrent, ttlMs, seat } = options;
    return {
      maxBytes: maxEntryBytes,
      keep(answer) {
        // The model may have been replaced since the visit: then nobody knows whose answer it is.
        if (answer !== null && isCurrent()) keep({ key, answer, ttlMs });
        if (seat.role === "leader")
          seat.settle(answer === null ? { kind: "alone" } : { kind: "shared", value: answer });
      },
      leave: () => {
        if (seat.role === "leader") seat.settle({ kind: "left" });
      },
    };
  }

  return {
    async visit(intake) {
      const modelVersion = servedVersion(intake.picked);
      const key = createCacheKey(intake, { secret, modelVersion });
      if (key === null) {
        events.bypass += 1;
        return { state: "bypass" };
      }
      const known = local.read(key);
      if (known !== undefined) return hit(known, "hit_local");
      const { signal, route } = intake;
      const seat = await flights.board(key, { signal, maxWaitMs: route.timeoutMs });
      if (seat.role === "follower") return hit(seat.value, "hit_joined");
      const { ttlMs } = route.cache;
      const isCurrent = () => servedVersion(intake.picked) === modelVersion;
      const lead = createLead({ key, isCurrent, ttlMs, seat });
      if (seat.role === "leader") {
        const found = await readShared(key, ttlMs);
        if (found !== undefined) {
          seat.settle({ kind: "shared", value: found });
          return hit(found, "hit_shared");
        }
      }
      events.miss += 1;
      return { state: "miss", lead };
    },
    async forget(subject) {
      local.removeWhere(({ inferenceId, stickyKeyHash }) =>
        subject.kind === "user"
          ? stickyKeyHash === subject.stickyKeyHash
          : inferenceId === subject.inferenceId,
      );
      events.forgotten += 1;
      return shared === undefined || (await shared.forget(subject));
    },
    stats: () => ({ ...local.size(), events: { ...events } }),
    sharedState: () => shared?.state() ?? null,
  };
}

/** A local copy of a shared answer lives no longer than this: its age is not known here. */
const SHARED_COPY_MS = 10_000;

function createEventCounts(): Record<CacheEvent, number> {
  return {
    hit_local: 0,
    hit_shared: 0,
    hit_joined: 0,
    miss: 0,
    bypass: 0,
    kept: 0,
    too_large: 0,
    forgotten: 0,
  };
}
