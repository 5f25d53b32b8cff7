import type { Usage } from "../protocol/chat-completion.ts";
import type { Target } from "../routing/route.ts";
import type { AnswerVerdicts, InferenceRecord, InferenceRecorder } from "../store/inference-log.ts";
import type { AnswerFormats } from "./answer-format.ts";
import type { GatewayLogger } from "./gateway-logger.ts";
import { createInferenceRecord, type InferenceOutcome } from "./inference-record.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { nameOfError } from "./name-of-error.ts";
import {
  convertRecordingError,
  createLogRefusedError,
  createLogUnavailableError,
} from "./recording-error.ts";

/** As error messages name what is recorded here. */
const SUBJECT = "This route's answers";

/** Where finished requests go: log row, metrics, shadow runner. */
export interface InferenceLogBook {
  /**
   * Call it before anything is asked of a model: in strict mode a request whose row could be put nowhere is refused
   * with a 503 then, and leaves no row.
   */
  admit(trace: InferenceTrace): void;
  /**
   * Notes a finished request. Judging and recording happen after the answer is on its way, except in strict mode:
   * there the promise resolves once the row is durable, and rejects with a 503 when it cannot be made so, with a 500
   * when the log refuses this row. What is owed to the log is noted before this returns, so call it before the last
   * byte leaves. Only the first call counts.
   */
  finish(trace: InferenceTrace, outcome: InferenceOutcome): Promise<void>;
  /** Resolves when everything finished so far is handed to the recorder. */
  settled(): Promise<void>;
}

export interface LogBookOptions {
  readonly recorder: InferenceRecorder;
  readonly metrics: GatewayMetrics;
  readonly logger: GatewayLogger;
  readonly formats: AnswerFormats;
  /** US dollars of a call; null when the target's price is not known. */
  readonly costUsd: (target: Target, usage: Usage) => number | null;
  /** Keys the hashes that stand for users. */
  readonly stickySecret: string;
  /** For routes that name no mode of their own. */
  readonly logMode: "async" | "strict";
  /** Offers a finished request to the shadow runner; must not throw. */
  readonly offerShadow: (trace: InferenceTrace, record: InferenceRecord) => void;
}

export function createInferenceLogBook(options: LogBookOptions): InferenceLogBook {
  const { recorder, metrics, logger, offerShadow } = options;
  /** Requests whose rows are yet to be made, in the order of their promises. */
  let pending: (() => void)[] = [];
  const finished = new WeakSet<InferenceTrace>();

  function createRow(trace: InferenceTrace, outcome: InferenceOutcome): InferenceRecord {
    const { target, usage, cache } = trace;
    // A repeated answer was paid for once.
    const isBilled = target !== null && usage !== null && cache !== "hit";
    return createInferenceRecord(trace, {
      ...outcome,
      verdicts: judge(trace, options),
      stickySecret: options.stickySecret,
      costUsd: isBilled ? options.costUsd(target, usage) : null,
    });
  }

  /** Null, and counted, when nothing can be made of a request: what it owes the log stays open. */
  function tryCreateRow(trace: InferenceTrace, outcome: InferenceOutcome): InferenceRecord | null {
    try {
      return createRow(trace, outcome);
    } catch (error) {
      recorder.noteFailure(trace.intake.id, error);
      return null;
    }
  }

  /** What follows the row is no part of the log, and an error in it says nothing of the row. */
  function announce(
    trace: InferenceTrace,
    { row, outcome }: { row: InferenceRecord; outcome: InferenceOutcome },
  ): void {
    try {
      metrics.observeInference(trace, outcome);
      logger.info(
        {
          inference: row.id,
          request: row.requestId,
          route: row.route,
          target: row.target,
          status: row.status,
          latencyMs: row.latencyMs,
        },
        "answered",
      );
      offerShadow(trace, row);
    } catch (error) {
      logger.error(
        { inference: row.id, error: nameOfError(error) },
        "a logged request could not be announced",
      );
    }
  }

  function recordLater(trace: InferenceTrace, outcome: InferenceOutcome): void {
    const promise = recorder.promise();
    if (pending.length === 0) setImmediate(recordPending);
    pending.push(() => {
      const row = tryCreateRow(trace, outcome);
      if (row === null) return;
      recorder.recordInference(row, promise);
      announce(trace, { row, outcome });
    });
  }

  function recordPending(): void {
    const due = pending;
    pending = [];
    for (const record of due) record();
  }

  async function recordNow(trace: InferenceTrace, outcome: InferenceOutcome): Promise<void> {
    // Rows reach the log in the order of their promises.
    recordPending();
    const row = tryCreateRow(trace, outcome);
    if (row === null) throw createLogRefusedError(SUBJECT);
    try {
      await recorder.recordInferenceDurably(row);
    } catch (error) {
      logger.error({ inference: row.id, error: nameOfError(error) }, "a row could not be made durable");
      throw convertRecordingError(error, SUBJECT);
    }
    announce(trace, { row, outcome });
  }

  const isStrict = ({ intake }: InferenceTrace) => (intake.route.logMode ?? options.logMode) === "strict";

  return {
    admit(trace) {
      if (!isStrict(trace) || recorder.isAvailable()) return;
      finished.add(trace);
      const error = createLogUnavailableError(SUBJECT);
      metrics.observeRefusal(error.status);
      throw error;
    },
    async finish(trace, outcome) {
      if (finished.has(trace)) return;
      finished.add(trace);
      if (isStrict(trace)) await recordNow(trace, outcome);
      else recordLater(trace, outcome);
    },
    async settled() {
      recordPending();
    },
  };
}

/** The domain's verdicts on its own requests, the asked format's on any other; null when nothing was asked for. */
function judge(
  { intake, answer }: InferenceTrace,
  { formats, logger }: LogBookOptions,
): AnswerVerdicts | null {
  if (answer === null) return null;
  try {
    const recognised = intake.recognise();
    if (recognised !== null) return recognised.judge(answer);
    const format = formats.forFormat(intake.request.response_format);
    if (format === null) return null;
    if (format.findFault(answer) !== null) return { schema: "fail", hardChecks: [] };
    return { schema: format.isChecked ? "pass" : "skipped", hardChecks: [] };
  } catch (error) {
    logger.error({ inference: intake.id, error: nameOfError(error) }, "an answer could not be judged");
    return null;
  }
}
