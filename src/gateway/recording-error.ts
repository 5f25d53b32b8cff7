import { OpenAiError } from "../protocol/openai-error.ts";

const RETRY_AFTER_MS = 2_000;

/** What has to be in the log before the client hears of it, as its error message begins. */
type Subject = "This route's answers" | "Feedback";

/** A 503: neither database nor spool take anything now. */
export function createLogUnavailableError(subject: Subject, cause?: unknown): OpenAiError {
  return new OpenAiError(`${subject} must be logged, and the log cannot be written right now.`, {
    status: 503,
    code: "log_unavailable",
    retryAfterMs: RETRY_AFTER_MS,
    cause,
  });
}

/** A 500: the same row would be refused again, so nobody is told to come back. */
export function createLogRefusedError(subject: Subject, cause?: unknown): OpenAiError {
  return new OpenAiError(`${subject} must be logged, and the log refused this.`, {
    status: 500,
    code: "log_refused",
    cause,
  });
}

/** What the recorder rejected with, as the client's error. */
export function convertRecordingError(error: unknown, subject: Subject): OpenAiError {
  const isRefused = error instanceof Error && error.name === "RecordRefusedError";
  return isRefused ? createLogRefusedError(subject, error) : createLogUnavailableError(subject, error);
}
