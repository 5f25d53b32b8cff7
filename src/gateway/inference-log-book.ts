import type { Usage } from "../protocol/chat-completion.ts";
import type { Target } from "../routing/route.ts";
import type { AnswerVerdicts, InferenceRecord, InferenceRecorder } from "../store/inference-log.ts";
import type { AnswerFormats } from "./answer-format.ts";
import type { GatewayLogger } from "./gateway-logger.ts";
import { createInferenceRecord, type InferenceOutcome } from "./inference-record.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import type { GatewayMetrics } from "./metrics.ts";

/** Where finished requests go: log row, metrics, shadow runner. */
export interface InferenceLogBook {
  /**
   * Notes a finished request. Judging and recording happen after the answer is on its way, except in strict mode:
   * there the promise resolves once the row is committed, and rejects when it cannot be. Only the first call counts.
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
  /** Overrides the routes' own mode when "strict". */
  readonly logMode: "async" | "strict";
  /** Offers a finished request to the shadow runner; must not throw. */
  readonly offerShadow: (trace: InferenceTrace, record: InferenceRecord) => void;
}

export function createInferenceLogBook(options: LogBookOptions): InferenceLogBook {
  const { recorder, metrics, logger, offerShadow } = options;
  const pending = new Set<Promise<void>>();
  const finished = new WeakSet<InferenceTrace>();

  function record(trace: InferenceTrace, outcome: InferenceOutcome): void {
    const { target, usage, cache } = trace;
    // A repeated answer was paid for once.
    const isBilled = target !== null && usage !== null && cache !== "hit";
    const row = createInferenceRecord(trace, {
      ...outcome,
      verdicts: judge(trace, options),
      costUsd: isBilled ? options.costUsd(target, usage) : null,
    });
    recorder.recordInference(row);
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
  }

  function recordLater(trace: InferenceTrace, outcome: InferenceOutcome): void {
    const done = new Promise<void>((resolve) => {
      setImmediate(() => {
        try {
          record(trace, outcome);
        } catch (error) {
          logger.error({ inference: trace.intake.id, error: nameOf(error) }, "a log row could not be made");
        }
        resolve();
      });
    });
    pending.add(done);
    void done.then(() => pending.delete(done));
  }

  return {
    async finish(trace, outcome) {
      if (finished.has(trace)) return;
      finished.add(trace);
      if (options.logMode !== "strict" && trace.intake.route.logMode !== "strict") {
        recordLater(trace, outcome);
        return;
      }
      record(trace, outcome);
      await recorder.flush();
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
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
    logger.error({ inference: intake.id, error: nameOf(error) }, "an answer could not be judged");
    return null;
  }
}

/** Messages may quote what was judged; the class name cannot. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
