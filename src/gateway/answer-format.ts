import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import { createSchemaCompiler, type SchemaCheck } from "./schema-compiler.ts";

/** The form a caller asked for. */
export interface AnswerFormat {
  /** Why the content does not hold to the form, in words without the content itself; null when it does. */
  findFault(content: string): string | null;
  /** False when the schema is too large to be checked here: then only that the content is JSON is known. */
  readonly isChecked: boolean;
}

export interface AnswerFormats {
  /** Null when any text will do. Throws OpenAiError 400 for a schema that cannot be used. */
  forFormat(format: ChatCompletionRequest["response_format"]): AnswerFormat | null;
}

/** Compiling takes time that grows faster than the schema; beyond this size it would hold up everybody else. */
const MAX_SCHEMA_CHARACTERS = 48 * 1024;
/** A compiler that ran out of time on a busy machine gets another chance. */
const UNCHECKED_TTL_MS = 60_000;

/** Compiled schemas are kept by hash, so a caller's usual schema is compiled once. */
export function createAnswerFormats(): AnswerFormats {
  const compile = createSchemaCompiler();
  const formats = new LRUCache<string, AnswerFormat>({ max: 256 });
  // One request asks several times, always with the object it was parsed into: hash its schema once.
  const checkedFormats = new WeakMap<object, AnswerFormat>();

  function pickSchemaFormat(schema: Record<string, unknown>, name: string): AnswerFormat {
    const text = JSON.stringify(schema);
    const hash = createHash("sha256").update(text).digest("base64");
    const known = formats.get(hash);
    if (known !== undefined) return known;
    const result =
      text.length > MAX_SCHEMA_CHARACTERS ? { kind: "too-slow" as const } : compile(schema, text);
    if (result.kind === "invalid") throw createSchemaError(name, result.reason);
    const format = result.kind === "too-slow" ? UNCHECKED : createFormat(result.check);
    formats.set(hash, format, { ttl: format === UNCHECKED ? UNCHECKED_TTL_MS : 0 });
    return format;
  }

  function pickParsedFormat(schema: Record<string, unknown>, name: string): AnswerFormat {
    const format = checkedFormats.get(schema) ?? pickSchemaFormat(schema, name);
    if (format.isChecked) checkedFormats.set(schema, format);
    return format;
  }

  return {
    forFormat(format) {
      if (format === undefined || format === null || format.type === "text") return null;
      if (format.type === "json_object") return ANY_OBJECT;
      const { schema, name } = format.json_schema;
      return schema === undefined || schema === null ? ANY_OBJECT : pickParsedFormat(schema, name);
    },
  };
}

function createFormat(check: SchemaCheck, isChecked = true): AnswerFormat {
  return {
    isChecked,
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

const ANY_OBJECT = createFormat((value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? null : "not a JSON object",
);
const UNCHECKED = createFormat(() => null, false);

function createSchemaError(name: string, reason: string): OpenAiError {
  return new OpenAiError(`Invalid schema for response_format '${name}': ${reason}`, {
    status: 400,
    param: "response_format",
    code: "invalid_json_schema",
  });
}
