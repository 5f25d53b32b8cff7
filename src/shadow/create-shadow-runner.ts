import type { Usage } from "../protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { DecodingConstraint } from "../providers/decoding-constraint.ts";
import type { Provider, ProviderAnswer } from "../providers/provider.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { Route, ShadowRule, Target } from "../routing/route.ts";
import {
  type AnswerVerdicts,
  type InferenceRecorder,
  PRIVACY_POLICIES,
  type ShadowRecord,
} from "../store/inference-log.ts";
import { copyJson } from "./copy-json.ts";
import { pickShadowRules } from "./pick-shadow-rules.ts";
import { createRuleQueue, type QueueRefusal } from "./rule-queue.ts";
import { createAnswerRecord, createFailureRecord, isPreempted, type Judgement } from "./shadow-record.ts";
import { createSpendCap, type Reservation } from "./spend-cap.ts";

/** Why a sampled request was not sent to its shadow. */
type ShadowDropReason = QueueRefusal | "no_provider" | "no_consent" | "daily_usd" | "price_unknown";

export interface ShadowOffer {
  readonly inferenceId: string;
  /** The user whose request it is; null when nobody is named. */
  readonly stickyKeyHash: string | null;
  readonly route: Route;
  /** Target that answered; null when none did. */
  readonly answeredBy: string | null;
  /** The client's request; copied before this call returns. */
  readonly request: ChatCompletionRequest;
  /** The client's own JSON text of it, when there is one: upstreams get the copy as the client wrote it. */
  readonly bodyText?: string | undefined;
  /** With "none" nothing of the request may be kept, so nothing is sent. */
  readonly consent: "none" | "log" | "train";
  readonly constraintFor: (target: Target) => DecodingConstraint | undefined;
  /** Null when the primary failed. */
  readonly primaryAnswer: string | null;
}

interface ShadowStats {
  /** Rules that chose a request. */
  readonly sampled: number;
  readonly waiting: number;
  readonly running: number;
  readonly answered: number;
  readonly failed: number;
  /** Times that a call gave its place to a client's request; most begin anew. */
  readonly preempted: number;
  /** Answers that the judge broke on. */
  readonly unjudged: number;
  readonly dropped: Readonly<Record<ShadowDropReason, number>>;
}

export interface ShadowRunnerOptions {
  readonly resolve: (target: Target) => Provider | undefined;
  readonly recorder: Pick<InferenceRecorder, "recordShadow">;
  readonly judge: (request: ChatCompletionRequest, answer: string) => AnswerVerdicts | null;
  /** How alike two answers are, 0 to 1. */
  readonly agreement: (primary: string, shadow: string) => number;
  /** US dollars of a call; null when the target's price is not known. */
  readonly costUsd: (
    target: Target,
    usage: Pick<Usage, "prompt_tokens" | "completion_tokens">,
  ) => number | null;
  readonly now: () => number;
  /** Requests that wait for a free slot, over all rules. */
  readonly maxQueue: number;
  /** Their texts together, in UTF-16 units. */
  readonly maxQueueLength?: number | undefined;
}

/** Sends copies of answered requests to the model that did not answer. Nothing it does can reach the client. */
export interface ShadowRunner {
  /** Call it when the answer is on its way or has failed. Returns at once and never throws for a full queue. */
  offer(offer: ShadowOffer): void;
  stats(): ShadowStats;
  /** Waits until nothing runs or waits; false when the deadline came first. */
  drain(deadlineMs: number): Promise<boolean>;
  /** Drops what waits, aborts what runs (unrecorded) and waits for it to stop. Idempotent. */
  close(): Promise<void>;
}

interface ShadowJob {
  readonly offer: Omit<ShadowOffer, "request">;
  readonly request: ChatCompletionRequest;
  readonly target: Target;
  readonly provider: Provider;
  readonly reservation: Reservation;
}

const CLOSED = Symbol("closed");
/** How often a call is begun that gives its place to clients' requests each time. */
const MOST_BEGINNINGS = 5;
const nothing = { prompt_tokens: 0, completion_tokens: 0 };

export function createShadowRunner(options: ShadowRunnerOptions): ShadowRunner {
  const { resolve, recorder, costUsd, now, maxQueue, maxQueueLength = 64 * 1024 * 1024 } = options;
  const queue = createRuleQueue({ maxWaiting: maxQueue, maxWaitingWeight: maxQueueLength });
  const spending = createSpendCap({ now });
  const running = new Set<AbortController>();
  let isClosed = false;
  const counts = { sampled: 0, answered: 0, failed: 0, preempted: 0, unjudged: 0 };
  const dropped: Record<ShadowDropReason, number> = {
    queue_full: 0,
    concurrency: 0,
    closed: 0,
    no_provider: 0,
    no_consent: 0,
    daily_usd: 0,
    price_unknown: 0,
  };

  function offerRule(offer: ShadowOffer, rule: ShadowRule): ShadowDropReason | null {
    const target = offer.route.targets.find(({ id }) => id === rule.target);
    const provider = target && resolve(target);
    if (target === undefined || provider === undefined) return "no_provider";
    if (offer.consent === "none") return "no_consent";
    if (rule.dailyUsd !== null && costUsd(target, nothing) === null) return "price_unknown";
    const lane = `${offer.route.name}/${rule.target}`;
    const reservation = spending.reserve(lane, rule.dailyUsd);
    if (reservation === null) return "daily_usd";
    const { request: original, ...rest } = offer;
    const { value: request, length } = copyJson(original);
    const weight = length + (offer.bodyText?.length ?? 0);
    const job: ShadowJob = { offer: rest, request, target, provider, reservation };
    const refusal = queue.add({ lane, slots: rule.maxConcurrency, weight, run: () => run(job) });
    if (refusal !== null) reservation.settle(0);
    return refusal;
  }

  /** A call that gave its place to a client's request begins anew: it waits in the engine's line until that has room. */
  async function run(job: ShadowJob): Promise<void> {
    for (let left = MOST_BEGINNINGS - 1; (await runOnce(job, left)) === "again"; left -= 1);
  }

  async function runOnce(job: ShadowJob, beginningsLeft: number): Promise<"again" | "done"> {
    const controller = new AbortController();
    const { route } = job.offer;
    const timer = setTimeout(() => controller.abort(createTimeout(route)), route.timeoutMs);
    running.add(controller);
    try {
      const record = await ask(job, { signal: controller.signal, beginningsLeft });
      if (record === "again") return "again";
      if (record !== null) recorder.recordShadow(record);
      return "done";
    } finally {
      clearTimeout(timer);
      running.delete(controller);
    }
  }

  /** Null when the runner was closed meanwhile: the target is not to blame, so there is nothing to record. */
  async function ask(
    job: ShadowJob,
    { signal, beginningsLeft }: { readonly signal: AbortSignal; readonly beginningsLeft: number },
  ): Promise<ShadowRecord | "again" | null> {
    const { offer, request, target, provider, reservation } = job;
    const startedAt = now();
    const policyVersion = PRIVACY_POLICIES[offer.route.redaction];
    const { inferenceId, stickyKeyHash } = offer;
    const call = { inferenceId, stickyKeyHash, target, policyVersion, provider, startedAt };
    const endCall = () => ({ ...call, endedAt: now() });
    try {
      const answer = await provider.complete({
        request: { ...request, stream: false },
        clientBody: offer.bodyText === undefined ? undefined : { text: offer.bodyText, request },
        model: target.model,
        signal,
        priority: "shadow",
        constraint: offer.constraintFor(target),
      });
      const call = endCall();
      const { usage } = answer.completion;
      const cost = usage ? costUsd(target, usage) : null;
      reservation.settle(cost);
      counts.answered += 1;
      return createAnswerRecord(call, { ...answer, ...judgeAnswer(job, answer), costUsd: cost });
    } catch (error) {
      const wasPreempted = isPreempted(error);
      if (wasPreempted && !isClosed && beginningsLeft > 0) {
        counts.preempted += 1;
        return "again";
      }
      reservation.settle(isUnbilled(error) ? 0 : null);
      if (isClosed) {
        dropped.closed += 1;
        return null;
      }
      counts[wasPreempted ? "preempted" : "failed"] += 1;
      return createFailureRecord(endCall(), error);
    }
  }

  function judgeAnswer({ offer, request }: ShadowJob, { completion }: ProviderAnswer): Judgement {
    const content = completion.choices[0]?.message.content ?? null;
    const { primaryAnswer } = offer;
    if (content === null) return { verdicts: null, agreement: null };
    try {
      return {
        verdicts: options.judge(request, content),
        agreement: primaryAnswer === null ? null : options.agreement(primaryAnswer, content),
      };
    } catch {
      // The answer is worth keeping without a verdict; that there is none is counted.
      counts.unjudged += 1;
      return { verdicts: null, agreement: null };
    }
  }

  return {
    offer(offer) {
      for (const rule of pickShadowRules(offer)) {
        counts.sampled += 1;
        const reason = offerRule(offer, rule);
        if (reason !== null) dropped[reason] += 1;
      }
    },
    stats: () => ({ ...counts, waiting: queue.waiting(), running: queue.running(), dropped: { ...dropped } }),
    async drain(deadlineMs) {
      const { promise: late, resolve: giveUp } = Promise.withResolvers<false>();
      const timer = setTimeout(() => giveUp(false), deadlineMs);
      const isIdle = await Promise.race([queue.idle().then(() => true), late]);
      clearTimeout(timer);
      return isIdle;
    },
    async close() {
      isClosed = true;
      dropped.closed += queue.close();
      for (const controller of running) controller.abort(CLOSED);
      await queue.idle();
    },
  };
}

function createTimeout({ timeoutMs }: Route): ProviderError {
  return new ProviderError(`No answer within ${timeoutMs} ms.`, { kind: "timeout" });
}

/** Refused before any token was made. After a timeout, a cut or an unreadable answer a bill may still come. */
function isUnbilled(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  return error.kind !== "timeout" && error.kind !== "unavailable" && error.kind !== "invalid_response";
}
