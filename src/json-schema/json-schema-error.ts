/**
 * A schema that cannot be used: malformed, contradicting itself, or past a limit. The message names the path and the
 * keyword; each boundary turns it into its own 400 `invalid_json_schema`.
 */
export class JsonSchemaError extends Error {
  override readonly name: string = "JsonSchemaError";
}

/** A schema that costs more than this compiler gives. Nothing is wrong with it otherwise, as far as was looked. */
export class JsonSchemaLimitError extends JsonSchemaError {
  override readonly name = "JsonSchemaLimitError";
}

const RETRY_AFTER_MS = 2000;

/** Too many schemas are being compiled. Nothing is known about this one; each boundary turns it into its own 429. */
export class JsonSchemaBusyError extends Error {
  override readonly name = "JsonSchemaBusyError";
  /** When to ask again. */
  readonly retryAfterMs = RETRY_AFTER_MS;

  constructor() {
    super("Too many schemas are being compiled.");
  }
}
