import { JsonSchemaError } from "../json-schema-error.ts";
import { createIntegerRange } from "./integer-range.ts";
import { addInteger, addNumber, addUnsignedNumber } from "./json-rules.ts";
import type { SchemaCompiler, SchemaPlace } from "./schema-place.ts";
import type { SchemaObject } from "./schema-types.ts";

const BOUNDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] as const;

/** Integers within their bounds exactly; other numbers only know whether they may be negative. */
export function addNumberRule(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace): string {
  if (schema.multipleOf !== undefined && !(schema.type === "integer" && schema.multipleOf === 1)) {
    compiler.leaveOpen(place, "multipleOf");
  }
  for (const bound of BOUNDS) {
    const value = schema[bound];
    if (value === undefined) continue;
    if (typeof value !== "number") throw new JsonSchemaError(`${place.path}/${bound} must be a number`);
  }
  return schema.type === "integer"
    ? addIntegerRule(compiler, schema, place)
    : addFractionRule(compiler, schema, place);
}

function addIntegerRule(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace): string {
  const lows = [
    toNumber(schema.minimum, Math.ceil),
    toNumber(schema.exclusiveMinimum, (value) => Math.floor(value) + 1),
  ];
  const highs = [
    toNumber(schema.maximum, Math.floor),
    toNumber(schema.exclusiveMaximum, (value) => Math.ceil(value) - 1),
  ];
  const low = Math.max(...lows.map((value) => value ?? Number.NEGATIVE_INFINITY));
  const high = Math.min(...highs.map((value) => value ?? Number.POSITIVE_INFINITY));
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY)
    return addInteger(compiler.rules);
  const finite = [low, high].filter(Number.isFinite);
  if (!finite.every(Number.isSafeInteger)) {
    for (const bound of BOUNDS) if (schema[bound] !== undefined) compiler.leaveOpen(place, bound);
    return addInteger(compiler.rules);
  }
  const range = createIntegerRange(
    Number.isFinite(low) ? low : undefined,
    Number.isFinite(high) ? high : undefined,
  );
  if (range === undefined) throw new JsonSchemaError(`${place.path} has a minimum over its maximum`);
  return compiler.rules.add("range", range);
}

function addFractionRule(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace): string {
  for (const bound of BOUNDS) {
    const isSettledBySign = bound === "minimum" && schema[bound] === 0;
    if (schema[bound] !== undefined && !isSettledBySign) compiler.leaveOpen(place, bound);
  }
  const floor = toNumber(schema.minimum ?? schema.exclusiveMinimum, (value) => value);
  return floor !== undefined && floor >= 0 ? addUnsignedNumber(compiler.rules) : addNumber(compiler.rules);
}

function toNumber(value: unknown, round: (value: number) => number): number | undefined {
  return typeof value === "number" ? round(value) : undefined;
}
