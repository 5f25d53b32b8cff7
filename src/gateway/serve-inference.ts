import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import type { ChatCompletion } from "../protocol/chat-completion.ts";
import { convertErrorToEnvelope } from "../protocol/openai-error.ts";
import { encodeSseError, encodeSseEvent, SSE_DONE } from "../protocol/sse.ts";
import { createAnswerHeaders } from "./answer-headers.ts";
import { CLIENT_GONE_STATUS } from "./client-gone.ts";
import { convertToOpenAiError, createErrorResponse } from "./error-response.ts";
import type { GatewayContext } from "./gateway-env.ts";
import type { InFlight } from "./in-flight.ts";
import type { InferenceLogBook } from "./inference-log-book.ts";
import { createInferenceTrace, type InferenceIntake, type InferenceTrace } from "./inference-trace.ts";
import type { Pipeline } from "./pipeline.ts";
import { sendStream } from "./write-stream.ts";

export interface InferenceServerDeps {
  readonly pipeline: Pipeline;
  readonly logBook: InferenceLogBook;
  readonly inFlight: InFlight;
  readonly now: () => number;
}

/** Answers requests that are taken in: runs the pipeline, sends what comes, closes the log entry. */
export interface InferenceServer {
  /** `render` makes the body's text of the completion; what it throws is the request's failure. */
  serveWhole(intake: InferenceIntake, render: (completion: ChatCompletion) => string): Promise<Response>;
  serveStream(c: GatewayContext, intake: InferenceIntake): Promise<Response>;
}

export function createInferenceServer({
  pipeline,
  logBook,
  inFlight,
  now,
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
    const response = createErrorResponse(error, trace.intake.requestId);
    response.headers.set("x-tailor-route", trace.intake.route.name);
    return response;
  }

  /** The event stream's texts. Whatever happens, the request is entered in the log exactly once. */
  async function* createEvents(
    chunks: AsyncIterable<ChatCompletionChunk>,
    trace: InferenceTrace,
  ): AsyncGenerator<string, void, undefined> {
    let isFinished = false;
    try {
      for await (const chunk of chunks) yield encodeSseEvent(chunk);
      isFinished = true;
      await finishWell(trace);
      yield SSE_DONE;
    } catch (error) {
      if (!isFinished) await finishBadly(trace, error).catch(() => undefined);
      isFinished = true;
      yield encodeSseError(convertErrorToEnvelope(convertToOpenAiError(error)));
    } finally {
      if (!isFinished) await leave(trace);
    }
  }

  async function leave(trace: InferenceTrace): Promise<void> {
    const outcome = { status: CLIENT_GONE_STATUS, errorCode: "client_gone", endedAt: now() };
    await logBook.finish(trace, outcome).catch(() => undefined);
  }

  return {
    serveWhole: (intake, render) =>
      inFlight.track(async () => {
        const trace = createInferenceTrace(intake);
        try {
          const text = render(await pipeline.complete(trace));
          await finishWell(trace);
          const headers = { ...createAnswerHeaders(trace, now()), "content-type": "application/json" };
          return new Response(text, { status: 200, headers });
        } catch (error) {
          return await refuse(trace, error);
        }
      }),

    serveStream: (c, intake) =>
      inFlight.track(async () => {
        const trace = createInferenceTrace(intake);
        let chunks: AsyncIterable<ChatCompletionChunk>;
        try {
          chunks = await pipeline.stream(trace);
        } catch (error) {
          return await refuse(trace, error);
        }
        const headers = {
          ...createAnswerHeaders(trace, now()),
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-cache",
          "x-accel-buffering": "no",
        };
        return sendStream(c, { status: 200, headers, texts: createEvents(chunks, trace) });
      }),
  };
}
