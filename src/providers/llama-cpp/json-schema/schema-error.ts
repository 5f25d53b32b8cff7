import { ProviderError } from "../../provider-error.ts";

/** The client's schema cannot be decoded under; a 400 for the caller, whoever is asked. */
export function createSchemaError(reason: string): ProviderError {
  return new ProviderError(`Invalid schema for response_format: ${reason}.`, {
    kind: "invalid_request",
    code: "invalid_json_schema",
    param: "response_format",
  });
}
