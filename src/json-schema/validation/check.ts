import { restoreValidator, setShouldValidateFormat } from "@hyperjump/json-schema/draft-2020-12";
import "@hyperjump/json-schema/draft-07";
import "@hyperjump/json-schema/formats";
import { useDecimalMultiples } from "./decimal-multiples.ts";
import { useDeclaredProperties } from "./declared-properties.ts";
import { createLimitedRunner, TimeLimitExceeded } from "./run-limited.ts";

/** Why a value does not hold to a schema, without the value itself; null when it does. */
export type SchemaCheck = (value: unknown) => string | null;

export interface CheckOptions {
  /** What `compileValidator` wrote. */
  readonly validator: string;
  readonly enforcesFormats: boolean;
  /** Whether the schema has keywords that can take for ever on some value. */
  readonly isCostly: boolean;
}

/** A client's pattern can be made to backtrack for years: then the check is cut off and counts as failed. */
const MAX_CHECK_MS = 250;

/** Turns compiled validators into checks, none of which can hold the thread for longer than its limit. */
export function createCheckRestorer(): (options: CheckOptions) => SchemaCheck {
  const runLimited = createLimitedRunner();
  useDecimalMultiples();
  useDeclaredProperties();
  return ({ validator, enforcesFormats, isCostly }) => {
    const validate = restoreValidator(validator);
    const findFault = (value: unknown): string | null => {
      // The library has one switch for all validators.
      setShouldValidateFormat(enforcesFormats);
      const json = value as Parameters<typeof validate>[0];
      if (validate(json).valid) return null;
      const output = validate(json, "BASIC");
      const [error] = output.valid ? [] : (output.errors ?? []);
      const place = error?.instanceLocation.replace(/^#/, "") || "/";
      const keyword = error?.absoluteKeywordLocation.split("/").at(-1) ?? "its schema";
      return `${place} does not hold to '${keyword}'`;
    };
    return (value) => {
      try {
        return isCostly ? runLimited(() => findFault(value), MAX_CHECK_MS) : findFault(value);
      } catch (error) {
        if (error instanceof TimeLimitExceeded) return "too slow to check against its schema";
        // Only a value nested as deep as the stack, or a schema that comes back to itself on the same value.
        if (error instanceof RangeError) return "nested too deeply to check against its schema";
        // A flaw of the library: no answer passes unchecked, and the error's own words may quote it.
        return "not possible to check against its schema";
      }
    };
  };
}
