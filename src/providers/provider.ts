import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import type { ChatCompletion } from "../protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { EmbeddingsAnswer, EmbeddingsRequest } from "../protocol/embeddings.ts";
import type { DecodingConstraint } from "./decoding-constraint.ts";

/**
 * How an answer's tokens were drawn: free, constrained by a grammar alone (JSON, a schema, functions), or tightened by a
 * `DecodingConstraint`.
 */
export type Decoding = "free" | "constrained" | "tightened";

/** Who may learn from a provider's answers: decides what can become a training target. */
export type LicenseClass = "commercial_ok" | "research_only" | "restricted_teacher" | "unknown";

/** The client's own JSON text and what was parsed from it: upstreams get the text, with only what differs replaced. */
export interface ClientBody {
  readonly text: string;
  /** A call's request shares the members that nobody changed with this one, by identity. */
  readonly request: ChatCompletionRequest;
}

/** Time limits of a call in milliseconds, where they differ from the provider's own. */
export interface CallTimeouts {
  /** Streams only: from the call to the first event. */
  readonly firstTokenMs?: number | undefined;
  /** Streams only: from one event to the next. */
  readonly betweenTokensMs?: number | undefined;
}

/** Primary work goes before shadow work wherever a provider queues. */
export type CallPriority = "primary" | "shadow";

/** One call to a provider. Both `complete` and `stream` take it. */
export interface ProviderCall {
  /** The client's request after the wire schema; unknown fields are still in it. */
  readonly request: ChatCompletionRequest;
  /** Left out when no client wrote the request as it is, for instance behind `/generate`. */
  readonly clientBody?: ClientBody | undefined;
  /** The provider's own model name (the target's, not the client's). */
  readonly model: string;
  /** Aborting it stops the upstream call, or frees the local slot after the decode in flight. */
  readonly signal: AbortSignal;
  readonly priority: CallPriority;
  /** Domain steering; providers that cannot decode under a constraint ignore it. */
  readonly constraint?: DecodingConstraint | undefined;
  readonly timeouts?: CallTimeouts | undefined;
  /** Forwarded to upstreams for tracing. */
  readonly requestId?: string | undefined;
  /** Told each time before the same target is asked again; whether it answers in the end or not. */
  readonly onRetry?: (() => void) | undefined;
}

/** What a provider tells about an answer beyond the wire form. */
export interface AnswerFacts {
  /** Request parts the target could not use, such as `image_url`. */
  readonly dropped: readonly string[];
  /** Version of the model that answered: a registry version or the upstream's `model` field. */
  readonly modelVersion: string | null;
  readonly adapter: string | null;
  /** Null where nobody says: upstreams do not. */
  readonly decoding: Decoding | null;
  /** Prompt and constraint version when a constraint was used, else null. */
  readonly promptVersion: string | null;
  /** Fields that the constraint retried or replaced; null without a constraint. */
  readonly interventions: { readonly retries: number; readonly replacements: number } | null;
  /** The upstream's `x-ratelimit-*` headers at this answer. */
  readonly rateLimits?: Readonly<Record<string, string>> | undefined;
}

export interface ProviderAnswer {
  readonly completion: ChatCompletion;
  readonly facts: AnswerFacts;
}

export interface ProviderStream {
  /**
   * Chunks as they come, without `[DONE]`; the usage chunk last when the request asked for one. Ends normally only
   * after a finish reason; a cut upstream throws a ProviderError. Returning early aborts the work behind it.
   */
  readonly chunks: AsyncIterable<ChatCompletionChunk>;
  /** Known before the first chunk, except `interventions`, which is read after the last one. */
  facts(): AnswerFacts;
}

/** One call for embeddings. */
export interface EmbedCall
  extends Pick<ProviderCall, "model" | "signal" | "priority" | "requestId" | "onRetry"> {
  readonly request: EmbeddingsRequest;
  /** The client's JSON text that it was parsed from. */
  readonly bodyText: string;
}

export interface ProviderEmbeddings {
  readonly embeddings: EmbeddingsAnswer;
  readonly facts: AnswerFacts;
}

/** A request handed on as it is, whatever it may be. */
export interface ForwardCall {
  readonly method: string;
  /** Below the interface's version, with the query: `moderations`, `files?limit=2`. */
  readonly path: string;
  /** Without credentials: the provider adds its own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  readonly signal: AbortSignal;
}

export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

type HealthState = "loading" | "ready" | "degraded" | "failed";

export interface ProviderHealth {
  readonly state: HealthState;
  /** One sentence for people: why not ready, or what is loaded. Never holds keys or prompts. */
  readonly detail: string;
  /** 0–100 while loading. */
  readonly percent?: number;
}

export interface ProviderModel {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly ownedBy: string;
  /** True when image parts can be used. */
  readonly vision: boolean;
}

/** Runs models. One contract suite (test/providers/contract.ts) holds every implementation to this. */
export interface Provider {
  readonly id: string;
  readonly kind: "llama-cpp" | "openai";
  readonly licenseClass: LicenseClass;
  /** Throws ProviderError; an abort throws the signal's reason. */
  complete(call: ProviderCall): Promise<ProviderAnswer>;
  /** Resolves once the upstream accepted the request; throws as `complete` until then. */
  stream(call: ProviderCall): Promise<ProviderStream>;
  /** Left out by providers that make no embeddings. Throws as `complete`. */
  embed?(call: EmbedCall): Promise<ProviderEmbeddings>;
  /** False for a model that makes no embeddings; left out where only asking it tells. */
  canEmbed?(model: string): boolean;
  /** Left out by providers without an upstream. Resolves with whatever status came; throws when none did. */
  forward?(call: ForwardCall): Promise<ForwardedAnswer>;
  /** The version a model's answers come from right now, as `AnswerFacts.modelVersion` tells it; null when not known. */
  servedVersion?(model: string): string | null;
  models(signal?: AbortSignal): Promise<readonly ProviderModel[]>;
  health(): ProviderHealth;
  /** Levels and counts for metrics, by name. */
  gauges?(): Readonly<Record<string, number>>;
  /** Stops taking work, waits for work in flight up to `deadlineMs`, then frees everything. Idempotent. */
  close(deadlineMs?: number): Promise<void>;
}
