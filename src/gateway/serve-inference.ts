import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import type { ChatCompletion } from "../protocol/chat-completion.ts";
import { nameParamFor } from "../protocol/chat-params.ts";
import { convertErrorToEnvelope } from "../protocol/openai-error.ts";
import { encodeSseComment } from "../protocol/sse.ts";
import { createAnswerHeaders, createEarlyHeaders } from "./answer-headers.ts";
import { CLIENT_GONE_STATUS } from "./client-gone.ts";
import { convertToOpenAiError, createErrorResponse } from "./error-response.ts";
import type { GatewayContext } from "./gateway-env.ts";
import type { InFlight } from "./in-flight.ts";
import type { InferenceLogBook } from "./inference-log-book.ts";
import { createInferenceTrace, type InferenceIntake, type InferenceTrace } from "./inference-trace.ts";
import type { Pipeline } from "./pipeline.ts";
import { chatStreamForm, type StreamForm } from "./stream-form.ts";
import { sendStream } from "./write-stream.ts";

const KEEP_ALIVE = encodeSseComment("keep-alive");

export interface InferenceServerDeps {
  readonly pipeline: Pipeline;
  readonly logBook: InferenceLogBook;
  readonly inFlight: InFlight;
  readonly now: () => number;
  /**
   * Quiet time after which a stream gets a comment, so that nobody on the way takes it for dead. One that has not begun
   * by then begins with it: who answers is not known yet, and a failure can no longer be a status.
   */
  readonly keepAliveMs: number;
}

/** Answers requests that are taken in: runs the pipeline, sends what comes, closes the log entry. */
export interface InferenceServer {
  /** `work` makes the body's text and notes in the trace what the log needs; what it throws is the request's failure. */
  serve(intake: InferenceIntake, work: (trace: InferenceTrace) => Promise<string>): Promise<Response>;
  /** The same for a chat answer in one piece. */
  serveWhole(intake: InferenceIntake, render: (completion: ChatCompletion) => string): Promise<Response>;
  /** Several inferences behind one answer; the first one's headers go with it. */
  serveBatch(
    intakes: readonly [InferenceIntake, ...InferenceIntake[]],
    render: (completions: readonly ChatCompletion[]) => string,
  ): Promise<Response>;
  serveStream(c: GatewayContext, intake: InferenceIntake, form?: StreamForm): Promise<Response>;
}

export function createInferenceServer({
  pipeline,
  logBook,
  inFlight,
  now,
  keepAliveMs,
}: InferenceServerDeps): InferenceServer {
  async function finishWell(trace: InferenceTrace): Promise<void> {
    await logBook.finish(trace, { status: 200, errorCode: null, endedAt: now() });
  }

  async function finishBadly(trace: InferenceTrace, error: unknown): Promise<void> {
    const { status, code } = convertToOpenAiError(error);
    const outcome = trace.intake.signal.aborted
      ? { status: CLIENT_GONE_STATUS, errorCode: "client_gone" }
      : { status, errorCode: code };
    await logBook.finish(trace, { ...outcome, endedAt: now() });
  }

  async function refuse(trace: InferenceTrace, error: unknown): Promise<Response> {
    await finishBadly(trace, error).catch(() => undefined);
    const response = createErrorResponse(nameParam(trace, error), trace.intake.requestId);
    for (const [name, value] of Object.entries(createEarlyHeaders(trace, now()))) {
      response.headers.set(name, value);
    }
    return response;
  }

  /** The event stream's texts. Whatever happens, the request is entered in the log exactly once. */
  async function* createEvents(
    { opening, isLate, form }: { opening: Promise<Chunks>; isLate: boolean; form: StreamForm },
    trace: InferenceTrace,
  ): AsyncGenerator<string, void, undefined> {
    let isFinished = false;
    try {
      if (isLate) yield KEEP_ALIVE;
      for await (const chunk of await opening) {
        const text = form.encode(chunk);
        if (text !== "") yield text;
      }
      const ending = form.finish();
      isFinished = true;
      await finishWell(trace);
      yield ending;
    } catch (error) {
      if (!isFinished) await finishBadly(trace, error).catch(() => undefined);
      isFinished = true;
      yield form.fail(convertErrorToEnvelope(convertToOpenAiError(nameParam(trace, error))));
    } finally {
      if (!isFinished) await leave(trace);
    }
  }

  async function leave(trace: InferenceTrace): Promise<void> {
    const outcome = { status: CLIENT_GONE_STATUS, errorCode: "client_gone", endedAt: now() };
    await logBook.finish(trace, outcome).catch(() => undefined);
  }

  function createWholeResponse(trace: InferenceTrace, text: string): Response {
    const headers = { ...createAnswerHeaders(trace, now()), "content-type": "application/json" };
    return new Response(text, { status: 200, headers });
  }

  const serve: InferenceServer["serve"] = (intake, work) =>
    inFlight.track(async () => {
      const trace = createInferenceTrace(intake);
      try {
        logBook.admit(trace);
        const text = await work(trace);
        await finishWell(trace);
        return createWholeResponse(trace, text);
      } catch (error) {
        return await refuse(trace, error);
      }
    });

  return {
    serve,
    serveWhole: (intake, render) => serve(intake, async (trace) => render(await pipeline.complete(trace))),

    serveBatch: (intakes, render) =>
      inFlight.track(async () => {
        const [first, ...others] = intakes;
        const traces = [createInferenceTrace(first), ...others.map(createInferenceTrace)] as const;
        const answers = await Promise.allSettled(
          traces.map(async (trace) => {
            logBook.admit(trace);
            return pipeline.complete(trace);
          }),
        );
        const failed = answers.find((answer) => answer.status === "rejected");
        if (failed !== undefined) {
          await Promise.allSettled(traces.slice(1).map((trace) => finishBadly(trace, failed.reason)));
          return refuse(traces[0], failed.reason);
        }
        const whole = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
        try {
          const text = render(whole);
          for (const trace of traces) await finishWell(trace);
          return createWholeResponse(traces[0], text);
        } catch (error) {
          // Those that were not entered yet; one that was stays as it is.
          await Promise.allSettled(traces.slice(1).map((trace) => finishBadly(trace, error)));
          return await refuse(traces[0], error);
        }
      }),

    serveStream: (c, intake, form = chatStreamForm) =>
      inFlight.track(async () => {
        const trace = createInferenceTrace(intake);
        let opening: Promise<Chunks>;
        let isLate: boolean;
        try {
          logBook.admit(trace);
          opening = pipeline.stream(trace);
          isLate = await takesLongerThan(keepAliveMs, opening);
        } catch (error) {
          return await refuse(trace, error);
        }
        const headers = {
          ...(isLate ? createEarlyHeaders(trace, now()) : createAnswerHeaders(trace, now())),
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-cache",
          "x-accel-buffering": "no",
        };
        const texts = createEvents({ opening, isLate, form }, trace);
        return sendStream(c, {
          status: 200,
          headers,
          texts,
          keepAlive: { everyMs: keepAliveMs, text: KEEP_ALIVE },
        });
      }),
  };
}

type Chunks = AsyncIterable<ChatCompletionChunk>;

/** Rejects with what the work fails with, when it does in time. */
async function takesLongerThan(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<true>();
  const timer = setTimeout(() => resolve(true), ms);
  try {
    return await Promise.race([work.then(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Errors about a parameter name the one that the client has sent; all others stay what they are. */
function nameParam({ intake }: InferenceTrace, error: unknown): unknown {
  const converted = convertToOpenAiError(error);
  return converted.param === null ? error : nameParamFor(intake.endpoint, converted);
}
