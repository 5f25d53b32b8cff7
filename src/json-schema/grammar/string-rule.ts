import { JsonSchemaError } from "../json-schema-error.ts";
import { addCharacter, addString } from "./json-rules.ts";
import type { SchemaCompiler, SchemaPlace } from "./schema-place.ts";
import { parseCount, type SchemaObject } from "./schema-types.ts";
import { STRING_FORMATS } from "./string-formats.ts";
import { createPatternBody } from "./string-pattern.ts";

const MAX_REPETITION = 1000;

/** Strings: a length range, or a format, or a pattern; a second one of these is left to validation. */
export function addStringRule(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace): string {
  const { rules } = compiler;
  const { least, most } = parseLengths(compiler, schema, place);
  const pattern = typeof schema.pattern === "string" ? createPatternBody(schema.pattern) : undefined;
  const format = typeof schema.format === "string" ? STRING_FORMATS.get(schema.format) : undefined;
  const body = pattern ?? format;
  if (schema.pattern !== undefined && pattern === undefined) compiler.leaveOpen(place, "pattern");
  if (schema.format !== undefined && (format === undefined || body !== format))
    compiler.leaveOpen(place, "format");
  const hasLengths = least > 0 || most !== Number.POSITIVE_INFINITY;
  if (body !== undefined) {
    if (hasLengths) {
      compiler.leaveOpen(place, "minLength");
      compiler.leaveOpen(place, "maxLength");
    }
    return rules.add("text", `"\\"" ${rules.add("body", body)} "\\""`);
  }
  if (!hasLengths) return addString(rules);
  const count = most === Number.POSITIVE_INFINITY ? `{${least},}` : `{${least},${most}}`;
  return rules.add("text", `"\\"" ${addCharacter(rules)}${count} "\\""`);
}

function parseLengths(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace) {
  const least = parseCount(schema, "minLength", place.path) ?? 0;
  if (least > MAX_REPETITION) throw new JsonSchemaError(`${place.path}/minLength is over ${MAX_REPETITION}`);
  let most = parseCount(schema, "maxLength", place.path) ?? Number.POSITIVE_INFINITY;
  if (least > most) throw new JsonSchemaError(`${place.path}/minLength is over maxLength`);
  if (most > MAX_REPETITION && most !== Number.POSITIVE_INFINITY) {
    compiler.leaveOpen(place, "maxLength");
    most = Number.POSITIVE_INFINITY;
  }
  return { least, most };
}
