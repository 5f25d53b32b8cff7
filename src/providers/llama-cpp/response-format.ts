import type { SchemaCompiler } from "../../json-schema/compiler/schema-compiler.ts";
import { JSON_OBJECT_GRAMMAR } from "../../json-schema/grammar/json-rules.ts";
import { JsonSchemaBusyError, JsonSchemaError } from "../../json-schema/json-schema-error.ts";
import type { ChatCompletionRequest } from "../../protocol/chat-request.ts";
import { ProviderError } from "../provider-error.ts";
import type { DecodingMode } from "./engine-messages.ts";

export interface ResponseRules {
  readonly mode: DecodingMode;
  /** Checks a whole answer for what the grammar leaves open; throws ProviderError `invalid_response`. */
  readonly check: (text: string) => void;
}

const FREE: ResponseRules = { mode: { kind: "free" }, check: () => {} };
const ANY_OBJECT: ResponseRules = {
  mode: { kind: "grammar", grammar: JSON_OBJECT_GRAMMAR },
  check: () => {},
};

/**
 * Turns `response_format` into how to decode. Rejects with ProviderError for a schema that cannot be used, or not now,
 * and with the signal's reason.
 */
export async function pickResponseRules(options: {
  readonly compiler: SchemaCompiler;
  readonly format: ChatCompletionRequest["response_format"];
  readonly signal: AbortSignal;
}): Promise<ResponseRules> {
  const { compiler, format, signal } = options;
  if (!format || format.type === "text") return FREE;
  if (format.type === "json_object") return ANY_OBJECT;
  try {
    const { grammar, unenforced, check } = await compiler.compile(
      format.json_schema.schema ?? { type: "object" },
      signal,
    );
    const mode: DecodingMode = { kind: "grammar", grammar };
    return { mode, check: unenforced.length === 0 ? () => {} : (text) => refuseFaulty(text, check) };
  } catch (error) {
    if (error instanceof JsonSchemaBusyError) {
      const { message, retryAfterMs } = error;
      throw new ProviderError(message, { kind: "overloaded", code: "engine_overloaded", retryAfterMs });
    }
    if (!(error instanceof JsonSchemaError)) throw error;
    throw new ProviderError(`Invalid schema for response_format: ${error.message}.`, {
      kind: "invalid_request",
      code: "invalid_json_schema",
      param: "response_format",
    });
  }
}

function refuseFaulty(text: string, check: (value: unknown) => string | null): void {
  if (findFault(text, check) === null) return;
  throw new ProviderError("The local model's answer does not match the JSON schema.", {
    kind: "invalid_response",
    code: "schema_mismatch",
    param: "response_format",
  });
}

function findFault(text: string, check: (value: unknown) => string | null): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "not valid JSON";
  }
  return check(value);
}
