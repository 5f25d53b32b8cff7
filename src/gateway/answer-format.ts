import { createHash } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import formatsPlugin from "ajv-formats";
import { LRUCache } from "lru-cache";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import { createLimitedRunner, TimeLimitExceeded } from "./run-limited.ts";

/** The form a caller asked for. */
export interface AnswerFormat {
  /** Why the content does not hold to the form, in words without the content itself; null when it does. */
  findFault(content: string): string | null;
}

export interface AnswerFormats {
  /** Null when any text will do. Throws OpenAiError 400 for a schema that cannot be used. */
  forFormat(format: ChatCompletionRequest["response_format"]): AnswerFormat | null;
}

const MAX_SCHEMA_CHARACTERS = 256 * 1024;
const COMPILE_TIMEOUT_MS = 500;
const CHECK_TIMEOUT_MS = 250;
/** Keywords that run a client's regular expression over an answer, or compare every pair of items. */
const COSTLY_KEYWORDS = /"(?:pattern|patternProperties|format|uniqueItems)"/;

type Check = (value: unknown) => string | null;

/** Compiled schemas are kept by hash, so a caller's usual schema is compiled once. */
export function createAnswerFormats(): AnswerFormats {
  const runLimited = createLimitedRunner();
  const checks = new LRUCache<string, Check>({ max: 256 });

  function compile(schema: Record<string, unknown>, name: string): Check {
    const text = JSON.stringify(schema);
    const hash = createHash("sha256").update(text).digest("base64");
    const known = checks.get(hash);
    if (known !== undefined) return known;
    if (text.length > MAX_SCHEMA_CHARACTERS) throw createSchemaError(name, "it is too large.");
    const check = compileCheck({ schema, name, isCostly: COSTLY_KEYWORDS.test(text), runLimited });
    checks.set(hash, check);
    return check;
  }

  return {
    forFormat(format) {
      if (format === undefined || format === null || format.type === "text") return null;
      if (format.type === "json_object") return createFormat(isObject);
      const { schema, name } = format.json_schema;
      return createFormat(schema === undefined || schema === null ? isObject : compile(schema, name));
    },
  };
}

const isObject: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? null : "not a JSON object";

function createFormat(check: Check): AnswerFormat {
  return {
    findFault(content) {
      let value: unknown;
      try {
        value = JSON.parse(content);
      } catch {
        return "not valid JSON";
      }
      return check(value);
    },
  };
}

function compileCheck(options: {
  schema: Record<string, unknown>;
  name: string;
  isCostly: boolean;
  runLimited: ReturnType<typeof createLimitedRunner>;
}): Check {
  const { schema, name, isCostly, runLimited } = options;
  const validate = runCompile(() => {
    // One instance a schema: two clients may use the same `$id` for different things.
    const ajv = new Ajv2020({ strict: false, allErrors: false, logger: false });
    formatsPlugin.default(ajv);
    return ajv.compile(schema);
  });
  return (value) => {
    const ok = isCostly ? runCheck(() => validate(value)) : validate(value);
    if (ok === null) return "too slow to check against its schema";
    const [error] = validate.errors ?? [];
    return ok ? null : `${error?.instancePath || "/"} ${error?.message ?? "does not hold to the schema"}`;
  };

  /** Null when time ran out. */
  function runCheck(work: () => boolean): boolean | null {
    try {
      return runLimited(work, CHECK_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof TimeLimitExceeded) return null;
      throw error;
    }
  }

  function runCompile<Result>(work: () => Result): Result {
    try {
      return runLimited(work, COMPILE_TIMEOUT_MS);
    } catch (error) {
      throw createSchemaError(name, error instanceof Error ? error.message : "it cannot be compiled.");
    }
  }
}

function createSchemaError(name: string, reason: string): OpenAiError {
  return new OpenAiError(`Invalid schema for response_format '${name}': ${reason}`, {
    status: 400,
    param: "response_format",
    code: "invalid_json_schema",
  });
}
