import { REDACTION_VERSION } from "../privacy/redact-text.ts";
import type { WriteStats } from "./writer/write-stats.ts";

/**
 * What the gateway and the shadow runner hand to the store, and what dataset and console read back.
 * Rows are plain data; the store turns them into table rows. Times are Unix milliseconds.
 */
export type Verdict = "pass" | "fail" | "skipped";

/** Free, constrained by a grammar alone, or tightened by a decoding constraint. */
type Decoding = "free" | "constrained" | "tightened";

export interface HardCheckVerdict {
  readonly name: string;
  readonly ok: boolean;
  readonly reason?: string | undefined;
}

export interface AnswerVerdicts {
  /** Did the content parse as JSON and hold to the asked schema. */
  readonly schema: Verdict;
  /** Empty when the request was no stylist brief. */
  readonly hardChecks: readonly HardCheckVerdict[];
}

/** A route's `redaction` as the policy that its rows are stored under. */
export const PRIVACY_POLICIES = { on: REDACTION_VERSION, off: "unredacted" } as const;

/** One call to an upstream or to the engine, made for an inference. */
export interface AttemptRecord {
  /** UUIDv7. */
  readonly id: string;
  /** 0 for the first call of the inference. */
  readonly sequence: number;
  readonly target: string;
  readonly provider: string;
  readonly model: string;
  readonly status: number | null;
  readonly errorKind: string | null;
  /** How often the same target was asked again in it; 0 = never. Null in the rows of earlier versions. */
  readonly retries: number | null;
  readonly latencyMs: number;
  readonly ttftMs: number | null;
  readonly startedAt: number;
}

/** One request and its answer, with the attempts that were made for it. Texts are as they came: the store redacts them. */
export interface InferenceRecord {
  /** UUIDv7. */
  readonly id: string;
  readonly requestId: string;
  readonly route: string;
  readonly routeVersion: number;
  /** Target that answered; null when none did. */
  readonly target: string | null;
  /** Model name the client asked for. */
  readonly requestedModel: string;
  readonly bucket: number;
  readonly modelVersion: string | null;
  readonly adapter: string | null;
  /** How the answer's tokens were drawn; null where the target does not say. */
  readonly decoding: Decoding | null;
  /** Of prompt and constraint together; null where no constraint steered. */
  readonly promptVersion: string | null;
  readonly licenseClass: string | null;
  readonly endpoint: "chat.completions" | "generate" | "completions" | "responses" | "embeddings";
  readonly streamed: boolean;
  /** HTTP status the client got (499 when it left first). */
  readonly status: number;
  readonly errorCode: string | null;
  readonly finishReason: string | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cachedTokens: number | null;
  readonly costUsd: number | null;
  readonly latencyMs: number;
  readonly ttftMs: number | null;
  readonly cache: "hit" | "miss" | "bypass";
  readonly fallbackReason: string | null;
  readonly dropped: readonly string[];
  /** Fields that the constraint had written again, and those it replaced, together; null where none steered. */
  readonly interventions: number | null;
  /** Those of `interventions` that were written again; null in the rows of earlier versions too. */
  readonly fieldRetries: number | null;
  readonly stickyKeyHash: string | null;
  readonly consent: "none" | "log" | "train";
  /** What is done to contents before they are stored: one of `PRIVACY_POLICIES`. */
  readonly policyVersion: string;
  readonly verdicts: AnswerVerdicts | null;
  readonly createdAt: number;
  readonly attempts: readonly AttemptRecord[];
  /** Null when consent or `x-tailor-no-log` forbids bodies.  */
  readonly body: InferenceBody | null;
}

/** What was asked and answered. */
export interface InferenceBody {
  /** As the client sent it, users hashed. */
  readonly request: unknown;
  /** Text of the first choice. */
  readonly answer: string | null;
  /** All choices as OpenAI writes them, without log probabilities, where they are more than one text. */
  readonly choices?: readonly unknown[];
}

/** What another target answered to the same request, and how alike the answers are. */
export interface ShadowRecord {
  /** UUIDv7. */
  readonly id: string;
  readonly inferenceId: string;
  /** As the inference's, so that erasing its user finds this too. */
  readonly stickyKeyHash: string | null;
  readonly target: string;
  readonly provider: string;
  readonly model: string;
  readonly modelVersion: string | null;
  /** These four as the inference's, of this answer; null in the rows of earlier versions and where it failed. */
  readonly decoding: Decoding | null;
  readonly promptVersion: string | null;
  readonly interventions: number | null;
  readonly fieldRetries: number | null;
  readonly licenseClass: string | null;
  /** As the inference's. */
  readonly policyVersion: string;
  /** Text of the first choice; null when it failed. */
  readonly answer: string | null;
  /** As in `InferenceBody`. */
  readonly choices?: readonly unknown[];
  readonly finishReason: string | null;
  readonly error: { readonly kind: string; readonly message: string } | null;
  readonly verdicts: AnswerVerdicts | null;
  /** 0–1, how alike primary and shadow are; null when either is missing. */
  readonly agreement: number | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly costUsd: number | null;
  readonly latencyMs: number;
  readonly ttftMs: number | null;
  readonly createdAt: number;
}

/** What somebody thinks of an answer. */
export interface FeedbackRecord {
  readonly id: string;
  readonly inferenceId: string;
  /** As the inference's. */
  readonly stickyKeyHash: string | null;
  /** 0–1 when given. */
  readonly score: number | null;
  readonly verdict: "accept" | "reject" | null;
  /** A person's better plan. */
  readonly correction: unknown;
  readonly comment: string | null;
  readonly createdAt: number;
}

/** Write side: never blocks, never throws for a full queue (drops are counted). */
export interface InferenceRecorder {
  /**
   * Notes, where it outlives this process, that one more inference row is owed. Call it before the last byte of the
   * answer leaves, and hand the number to `recordInference`, in the order of the numbers: what a killed process owed
   * is then known to the row.
   */
  promise(): number;
  /** Makes the promise itself when it is handed none. */
  recordInference(record: InferenceRecord, promise?: number): void;
  /**
   * Resolves once the row outlasts a power cut, in the database or in the spool; waits while the queue is full.
   * Rejects with LogUnavailableError when the row can be put nowhere, with RecordRefusedError when it is refused for
   * what it holds.
   */
  recordInferenceDurably(record: InferenceRecord): Promise<void>;
  /** Counts a row that is owed and that nothing could be made of. Logs the error's code, never its message. */
  noteFailure(id: string, error: unknown): void;
  recordShadow(record: ShadowRecord): void;
  recordFeedback(record: FeedbackRecord): void;
  /** Resolves and rejects as `recordInferenceDurably`. */
  recordFeedbackDurably(record: FeedbackRecord): Promise<void>;
  /**
   * Resolves when everything recorded before the call is in the database, or in the spool while that is away. Rejects
   * with LogUnavailableError while neither takes anything.
   */
  flush(): Promise<void>;
  /** False while a row could be put nowhere: what has to be durable is better refused before it begins. */
  isAvailable(): boolean;
  stats(): WriteStats;
}

export interface PairRow {
  readonly inference: InferenceRecord;
  readonly shadows: readonly ShadowRecord[];
  readonly feedback: readonly FeedbackRecord[];
}

export interface PairFilter {
  readonly route?: string | undefined;
  /** Target that answered. */
  readonly target?: string | undefined;
  readonly sinceMs?: number | undefined;
  /** Before this time. */
  readonly untilMs?: number | undefined;
  /** Of schema and hard checks together; "none" when nothing was judged. */
  readonly verdict?: Verdict | "none" | undefined;
  /** HTTP status the client got. */
  readonly status?: number | undefined;
  /** Answered by a later target, or not. */
  readonly hasFallback?: boolean | undefined;
  readonly hasShadow?: boolean | undefined;
  /** With a shadow answer at least, or at most, this much like the primary's. */
  readonly minAgreement?: number | undefined;
  readonly maxAgreement?: number | undefined;
  readonly hasFeedback?: boolean | undefined;
  readonly consent?: "none" | "log" | "train" | undefined;
  /** Part of the request's or the answer's text; capitals do not matter in ASCII. */
  readonly text?: string | undefined;
}

interface InferencePage {
  readonly rows: readonly InferenceListing[];
  /** Null at the end. With a filter a page may have fewer rows than asked for, or none, and still go on. */
  readonly nextCursor: string | null;
}

export type InferenceListing = Omit<InferenceRecord, "body" | "attempts">;

/** Read side for dataset mining and the admin API. */
export interface InferenceReader {
  /** Oldest first, in pages behind the iterator: constant memory. */
  streamPairs(filter: PairFilter): AsyncIterable<PairRow>;
  /** Newest first, without attempts and bodies, in pages behind the iterator. */
  streamInferences(filter: PairFilter): AsyncIterable<InferenceListing>;
  /** Newest first. `cursor` is the `nextCursor` of the page before. */
  listInferences(page: {
    limit: number;
    cursor?: string | undefined;
    filter?: PairFilter;
  }): Promise<InferencePage>;
  readInference(id: string): Promise<PairRow | null>;
  /** The pairs of these inferences, in the order of the ids; those that do not exist are left out. */
  readPairs(ids: readonly string[]): Promise<readonly PairRow[]>;
}

export interface RouteVersionRow {
  readonly name: string;
  readonly version: number;
  readonly route: unknown;
  readonly actor: string;
  readonly reason: string | null;
  readonly createdAt: number;
}

/** Route configuration kept beside the log, every version of it. */
export interface RouteStore {
  listCurrent(): Promise<readonly RouteVersionRow[]>;
  /** Appends `row.version`; throws RouteVersionConflict when that version exists already. */
  append(row: RouteVersionRow): Promise<void>;
  history(name: string): Promise<readonly RouteVersionRow[]>;
}
