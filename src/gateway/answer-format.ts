import { createSchemaCompiler, type SchemaCompiler } from "../json-schema/compiler/schema-compiler.ts";
import {
  JsonSchemaBusyError,
  JsonSchemaError,
  JsonSchemaLimitError,
} from "../json-schema/json-schema-error.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { OpenAiError } from "../protocol/openai-error.ts";

/** The form a caller asked for. */
export interface AnswerFormat {
  /** Why the content does not hold to the form, in words without the content itself; null when it does. */
  findFault(content: string): string | null;
  /** False when the schema is past a limit and cannot be checked here: then only that the content is JSON is known. */
  readonly isChecked: boolean;
}

type ResponseFormat = ChatCompletionRequest["response_format"];

export interface AnswerFormats {
  /**
   * Null when any text will do. Rejects with OpenAiError 400 for a schema that cannot be used, 429 while too many are
   * being compiled, and with the signal's reason.
   */
  prepare(format: ResponseFormat, signal?: AbortSignal): Promise<AnswerFormat | null>;
  /** What `prepare` made of this very format; a schema that it has not seen is not checked. */
  forFormat(format: ResponseFormat): AnswerFormat | null;
}

/** Without a compiler of their own the formats share none with the local provider. */
export function createAnswerFormats(compiler: SchemaCompiler = createSchemaCompiler()): AnswerFormats {
  const prepared = new WeakMap<object, AnswerFormat>();

  async function prepareSchema(
    schema: Record<string, unknown>,
    asked: { readonly name: string; readonly signal: AbortSignal | undefined },
  ): Promise<AnswerFormat> {
    const known = prepared.get(schema);
    if (known !== undefined) return known;
    const format = await compileFormat({ ...asked, compiler, schema });
    prepared.set(schema, format);
    return format;
  }

  return {
    async prepare(format, signal) {
      const schema = pickSchema(format);
      if (typeof schema !== "object") return schema === "object" ? ANY_OBJECT : null;
      return prepareSchema(schema, {
        name: format?.type === "json_schema" ? format.json_schema.name : "",
        signal,
      });
    },
    forFormat(format) {
      const schema = pickSchema(format);
      if (typeof schema !== "object") return schema === "object" ? ANY_OBJECT : null;
      return prepared.get(schema) ?? UNCHECKED;
    },
  };
}

function pickSchema(format: ResponseFormat): Record<string, unknown> | "object" | "text" {
  if (format === undefined || format === null || format.type === "text") return "text";
  return (format.type === "json_schema" ? format.json_schema.schema : null) ?? "object";
}

async function compileFormat(asked: {
  compiler: SchemaCompiler;
  schema: Record<string, unknown>;
  name: string;
  signal: AbortSignal | undefined;
}): Promise<AnswerFormat> {
  const { compiler, schema, name, signal } = asked;
  try {
    const { check } = await compiler.compile(schema, signal);
    return createFormat(check);
  } catch (error) {
    // Another target may well know what to do with a schema that is past the limits here.
    if (error instanceof JsonSchemaLimitError) return UNCHECKED;
    if (error instanceof JsonSchemaError) throw createSchemaError(name, error.message);
    if (error instanceof JsonSchemaBusyError) throw createBusyError(error);
    throw error;
  }
}

function createFormat(check: (value: unknown) => string | null, isChecked = true): AnswerFormat {
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

function createBusyError({ message, retryAfterMs }: JsonSchemaBusyError): OpenAiError {
  return new OpenAiError(`${message} Try again later.`, { status: 429, code: "overloaded", retryAfterMs });
}

function createSchemaError(name: string, reason: string): OpenAiError {
  return new OpenAiError(`Invalid schema for response_format '${name}': ${reason}`, {
    status: 400,
    param: "response_format",
    code: "invalid_json_schema",
  });
}
