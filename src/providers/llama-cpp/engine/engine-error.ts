import type { JobError } from "../engine-messages.ts";

/** A job cannot be done; carried to the parent process, which throws it as a ProviderError. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly data: JobError;

  constructor(data: JobError) {
    super(data.message);
    this.data = data;
  }
}

/** Native errors may quote grammar or prompt text: only our own messages leave the process. */
export function convertToJobError(error: unknown): JobError {
  if (error instanceof EngineError) return error.data;
  return { kind: "upstream_error", message: "The engine failed to decode this request." };
}
