/**
 * A schema that cannot be used: malformed, contradicting itself, or past a limit. The message names the path and the
 * keyword; each boundary turns it into its own 400 `invalid_json_schema`.
 */
export class JsonSchemaError extends Error {
  override readonly name = "JsonSchemaError";
}
