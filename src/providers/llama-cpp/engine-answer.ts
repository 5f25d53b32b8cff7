import type { TokenLogprob } from "../../protocol/chat-logprobs.ts";
import type { ConstraintProgram } from "../decoding-constraint.ts";
import { ProviderError } from "../provider-error.ts";
import type { FromEngine, JobError, ProgramSteps } from "./engine-messages.ts";
import { collectProgramSteps } from "./program-steps.ts";
import { createPushStream } from "./push-stream.ts";

interface EngineEnd {
  readonly finishReason: "stop" | "length";
  /** A stop text cut the answer: what was written may be only a part of what was asked for. */
  readonly isStopped: boolean;
  readonly completionTokens: number;
}

/** A bit of the answer's text; with the log probabilities of its tokens when the job asked for them. */
export interface TextPiece {
  readonly text: string;
  readonly logprobs?: readonly TokenLogprob[];
}

export interface EngineAnswer {
  /** Resolves once the prompt is accepted. */
  readonly begun: Promise<{ readonly promptTokens: number; readonly cachedTokens: number }>;
  /** The answer's text in pieces; throws what ended the answer early. */
  readonly texts: AsyncIterable<TextPiece>;
  /** Resolves after the last text. */
  readonly ended: Promise<EngineEnd>;
  /** Resolves when the engine is done with the job, whether it went well or not: the slot is free again. */
  readonly released: Promise<void>;
  /** Stops caring: readers get `reason`, the engine is told to stop. */
  abandon(reason: unknown): void;
}

export type JobMessage = Extract<FromEngine, { readonly jobId: number }>;

/** What the engine's messages about a job are given to. */
export interface EngineLink {
  receive(message: JobMessage): void;
  /** The engine died under the job. */
  lose(error: ProviderError): void;
}

export interface EngineAnswerLink extends EngineLink {
  readonly answer: EngineAnswer;
}

/** The parent's side of one job: collects the engine's messages and steps the constraint program. */
export function createEngineAnswer(options: {
  readonly program: ConstraintProgram | null;
  readonly sendSteps: (steps: ProgramSteps) => void;
  readonly sendAbort: () => void;
}): EngineAnswerLink {
  const begun = Promise.withResolvers<{ promptTokens: number; cachedTokens: number }>();
  const ended = Promise.withResolvers<EngineEnd>();
  const released = Promise.withResolvers<void>();
  const texts = createPushStream<TextPiece>();
  let isOver = false;
  // A caller may look at only one of them; the others must not become unhandled rejections.
  begun.promise.catch(() => {});
  ended.promise.catch(() => {});

  function fail(error: unknown): void {
    begun.reject(error);
    ended.reject(error);
    texts.fail(error);
  }

  function abandon(reason: unknown): void {
    if (isOver) return;
    fail(reason);
    options.sendAbort();
  }

  function stepProgram(field: Extract<JobMessage, { type: "field" }>["field"]): void {
    try {
      if (options.program !== null) options.sendSteps(collectProgramSteps(options.program, field));
    } catch (cause) {
      abandon(new ProviderError("The decoding constraint failed.", { kind: "upstream_error", cause }));
    }
  }

  return {
    answer: { begun: begun.promise, texts, ended: ended.promise, released: released.promise, abandon },
    lose(error) {
      isOver = true;
      fail(error);
      released.resolve();
    },
    receive(message) {
      if (message.type === "finished" || message.type === "failed") isOver = true;
      switch (message.type) {
        case "begun":
          begun.resolve({ promptTokens: message.promptTokens, cachedTokens: message.cachedTokens });
          break;
        case "text":
          texts.push(message);
          break;
        case "field":
          stepProgram(message.field);
          break;
        case "finished":
          ended.resolve({
            finishReason: message.finishReason,
            isStopped: message.isStopped === true,
            completionTokens: message.completionTokens,
          });
          texts.end();
          released.resolve();
          break;
        case "failed":
          fail(convertToProviderError(message.error));
          released.resolve();
          break;
      }
    },
  };
}

export function convertToProviderError(error: JobError): ProviderError {
  const { message, ...data } = error;
  return new ProviderError(message, data);
}
