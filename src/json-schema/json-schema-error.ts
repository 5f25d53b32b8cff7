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
