import type { Usage } from "../protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { AnsweredChoice } from "../protocol/list-choices.ts";
import type { AnswerFacts, ClientBody, LicenseClass } from "../providers/provider.ts";
import type { Route, Target } from "../routing/route.ts";
import type { AttemptRecord, InferenceRecord } from "../store/inference-log.ts";
import type { RecognisedRequest } from "./request-domain.ts";

type CacheState = "hit" | "miss" | "bypass";
export type Consent = "none" | "log" | "train";

/** What is fixed about a request once it is taken in. Times are Unix milliseconds unless named otherwise. */
export interface InferenceIntake {
  /** UUIDv7 of the inference. */
  readonly id: string;
  readonly requestId: string;
  readonly endpoint: InferenceRecord["endpoint"];
  readonly request: ChatCompletionRequest;
  /** Fields of the client's request that found no place in `request`. */
  readonly dropped: readonly string[];
  readonly clientBody: ClientBody | undefined;
  readonly route: Route;
  /** The domain's reading of the request; worked out when first asked for, so that plain pass-through never pays. */
  readonly recognise: () => RecognisedRequest | null;
  readonly bucket: number;
  readonly stickyKeyHash: string | null;
  /** The target the bucket points at. */
  readonly picked: Target;
  readonly tenant: string;
  readonly consent: Consent;
  /** `cache-control: no-store`, or a caller who wants nothing kept. */
  readonly skipsCache: boolean;
  readonly startedAt: number;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** What becomes known while the request is answered; written by the pipeline, read by the recorder. */
export interface InferenceTrace {
  readonly intake: InferenceIntake;
  readonly attempts: AttemptRecord[];
  target: Target | null;
  licenseClass: LicenseClass | null;
  facts: AnswerFacts | null;
  cache: CacheState;
  fallbackReason: string | null;
  /** The first choice's text. */
  answer: string | null;
  /** All choices where they are more than that text. */
  choices: readonly AnsweredChoice[] | null;
  finishReason: string | null;
  usage: Usage | null;
  ttftMs: number | null;
}

export function createInferenceTrace(intake: InferenceIntake): InferenceTrace {
  return {
    intake,
    attempts: [],
    target: null,
    licenseClass: null,
    facts: null,
    cache: "bypass",
    fallbackReason: null,
    answer: null,
    choices: null,
    finishReason: null,
    usage: null,
    ttftMs: null,
  };
}

/** Everything of the request that was not used: left out on the way in, or of no use to the target. */
export function listDropped({ intake, facts }: InferenceTrace): readonly string[] {
  return [...new Set([...intake.dropped, ...(facts?.dropped ?? [])])];
}
