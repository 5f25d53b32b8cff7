import { createHash } from "node:crypto";
import { createContext, Script } from "node:vm";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { LRUCache } from "lru-cache";
import { JSON_OBJECT_GRAMMAR } from "../../json-schema/grammar/json-rules.ts";
import { JsonSchemaError } from "../../json-schema/json-schema-error.ts";
import { createJsonSchemaGrammar } from "../../json-schema/json-schema-grammar.ts";
import type { ChatCompletionRequest } from "../../protocol/chat-request.ts";
import { ProviderError } from "../provider-error.ts";
import type { DecodingMode } from "./engine-messages.ts";

export interface ResponseRules {
  readonly mode: DecodingMode;
  /** Checks a whole answer for what the grammar leaves open; throws ProviderError `invalid_response`. */
  readonly check: (text: string) => void;
}

const MAX_SCHEMAS = 256;
const MAX_CHECK_MS = 100;
const FREE: ResponseRules = { mode: { kind: "free" }, check: () => {} };

/** Turns `response_format` into how to decode. Compiled schemas are kept by their hash. */
export function createResponseFormats(): (format: ChatCompletionRequest["response_format"]) => ResponseRules {
  const schemas = new LRUCache<string, ResponseRules>({ max: MAX_SCHEMAS });
  return (format) => {
    if (!format || format.type === "text") return FREE;
    if (format.type === "json_object") {
      return { mode: { kind: "grammar", grammar: JSON_OBJECT_GRAMMAR }, check: () => {} };
    }
    const schema = format.json_schema.schema ?? { type: "object" };
    const key = createHash("sha256").update(JSON.stringify(schema)).digest("base64");
    const known = schemas.get(key);
    if (known !== undefined) return known;
    const rules = refuseBadSchema(() => compileSchema(schema));
    schemas.set(key, rules);
    return rules;
  };
}

function compileSchema(schema: Readonly<Record<string, unknown>>): ResponseRules {
  const { grammar, unenforced } = createJsonSchemaGrammar(schema);
  const mode: DecodingMode = { kind: "grammar", grammar };
  if (unenforced.length === 0) return { mode, check: () => {} };
  const validate = compileValidator(schema);
  return {
    mode,
    check(text) {
      if (isValid(validate, text)) return;
      throw new ProviderError("The local model's answer does not match the JSON schema.", {
        kind: "invalid_response",
        code: "schema_mismatch",
        param: "response_format",
      });
    },
  };
}

function compileValidator(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false });
  // The package is CommonJS: its callable default export is typed one level too deep.
  (addFormats as unknown as (instance: Ajv2020) => void)(ajv);
  try {
    // The dialect's name only matters to a validator that knows several.
    const { $schema: _dialect, ...rest } = schema;
    return ajv.compile(rest);
  } catch {
    throw new JsonSchemaError("a keyword has a value that is not allowed");
  }
}

/** A client's pattern can be made to backtrack for years: the check is cut off, and then counts as failed. */
function isValid(validate: ValidateFunction, text: string): boolean {
  try {
    const context = createContext({ validate, value: JSON.parse(text) });
    return new Script("validate(value)").runInContext(context, { timeout: MAX_CHECK_MS }) === true;
  } catch {
    return false;
  }
}

function refuseBadSchema(compile: () => ResponseRules): ResponseRules {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof JsonSchemaError)) throw error;
    throw new ProviderError(`Invalid schema for response_format: ${error.message}.`, {
      kind: "invalid_request",
      code: "invalid_json_schema",
      param: "response_format",
    });
  }
}
