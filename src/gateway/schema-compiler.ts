import { Ajv2020 } from "ajv/dist/2020.js";
import formatsPlugin from "ajv-formats";
import { createLimitedRunner, TimeLimitExceeded } from "./run-limited.ts";

/** Why a value does not hold to a schema, without the value itself; null when it does. */
export type SchemaCheck = (value: unknown) => string | null;

export type CompiledSchema =
  | { readonly kind: "check"; readonly check: SchemaCheck }
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "too-slow" };

const COMPILE_TIMEOUT_MS = 500;
const CHECK_TIMEOUT_MS = 250;
/** Keywords that run a client's regular expression over an answer, or compare every pair of items. */
const COSTLY_KEYWORDS = /"(?:pattern|patternProperties|format|uniqueItems)"/;

/** Turns clients' JSON Schemas (2020-12) into checks, none of which can hold the thread for longer than its limit. */
export function createSchemaCompiler(): (schema: Record<string, unknown>, text: string) => CompiledSchema {
  const runLimited = createLimitedRunner();
  const judge = new Ajv2020({ strict: false, logger: false });
  // Compiled here, so that the first client does not wait for the dialect's own schema.
  void judge.validateSchema({});

  // The dialect's name only matters to a validator that knows several.
  return ({ $schema: _dialect, ...schema }, text) => {
    try {
      if (judge.validateSchema(schema) !== true) return { kind: "invalid", reason: judge.errorsText() };
      const validate = runLimited(() => compile(schema), COMPILE_TIMEOUT_MS);
      const isCostly = COSTLY_KEYWORDS.test(text);
      return { kind: "check", check: createCheck(validate, isCostly ? runLimited : null) };
    } catch (error) {
      if (error instanceof TimeLimitExceeded) return { kind: "too-slow" };
      return { kind: "invalid", reason: error instanceof Error ? error.message : "it cannot be compiled." };
    }
  };
}

function compile(schema: Record<string, unknown>) {
  // One instance a schema: two clients may use the same `$id` for different things.
  const ajv = new Ajv2020({ strict: false, logger: false, meta: false, validateSchema: false });
  formatsPlugin.default(ajv);
  return ajv.compile(schema);
}

function createCheck(
  validate: ReturnType<typeof compile>,
  runLimited: ReturnType<typeof createLimitedRunner> | null,
): SchemaCheck {
  return (value) => {
    try {
      const isValid =
        runLimited === null ? validate(value) : runLimited(() => validate(value), CHECK_TIMEOUT_MS);
      const [error] = validate.errors ?? [];
      return isValid
        ? null
        : `${error?.instancePath || "/"} ${error?.message ?? "does not hold to the schema"}`;
    } catch (error) {
      if (error instanceof TimeLimitExceeded) return "too slow to check against its schema";
      throw error;
    }
  };
}
