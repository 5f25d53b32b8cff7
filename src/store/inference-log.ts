/**
 * What the gateway and the shadow runner hand to the store, and what dataset and console read back.
 * Rows are plain data; the store turns them into table rows. Times are Unix milliseconds.
 */
export type Verdict = "pass" | "fail" | "skipped";

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
  readonly latencyMs: number;
  readonly ttftMs: number | null;
  readonly startedAt: number;
}

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
  readonly promptVersion: string | null;
  readonly licenseClass: string | null;
  readonly endpoint: "chat.completions" | "generate";
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
  readonly interventions: number | null;
  readonly stickyKeyHash: string | null;
  readonly consent: "none" | "log" | "train";
  readonly verdicts: AnswerVerdicts | null;
  readonly createdAt: number;
  readonly attempts: readonly AttemptRecord[];
  /** Null when consent or `x-tailor-no-log` forbids bodies. Image data URLs already replaced by hash and size. */
  readonly body: { readonly request: unknown; readonly answer: string | null } | null;
}

export interface ShadowRecord {
  /** UUIDv7. */
  readonly id: string;
  readonly inferenceId: string;
  readonly target: string;
  readonly provider: string;
  readonly model: string;
  readonly modelVersion: string | null;
  readonly licenseClass: string | null;
  /** Full answer content; null when it failed. */
  readonly answer: string | null;
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

export interface FeedbackRecord {
  readonly id: string;
  readonly inferenceId: string;
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
  recordInference(record: InferenceRecord): void;
  recordShadow(record: ShadowRecord): void;
  recordFeedback(record: FeedbackRecord): void;
  /** Resolves when everything recorded before the call is committed. */
  flush(): Promise<void>;
  stats(): {
    readonly queued: number;
    readonly written: number;
    readonly dropped: number;
    readonly failed: number;
  };
}

export interface PairRow {
  readonly inference: InferenceRecord;
  readonly shadows: readonly ShadowRecord[];
  readonly feedback: readonly FeedbackRecord[];
}

export interface PairFilter {
  readonly route?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly hasShadow?: boolean | undefined;
  readonly hasFeedback?: boolean | undefined;
  readonly consent?: "none" | "log" | "train" | undefined;
}

/** Read side for dataset mining and the admin API. */
export interface InferenceReader {
  /** Oldest first, in pages behind the iterator: constant memory. */
  streamPairs(filter: PairFilter): AsyncIterable<PairRow>;
  /** Newest first. `cursor` is the last id of the page before. */
  listInferences(page: { limit: number; cursor?: string | undefined; filter?: PairFilter }): Promise<{
    readonly rows: readonly Omit<InferenceRecord, "body" | "attempts">[];
    readonly nextCursor: string | null;
  }>;
  readInference(id: string): Promise<PairRow | null>;
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
