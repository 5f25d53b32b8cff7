import {
  isSchemaObject,
  parseCount,
  parseSchema,
  parseSchemaList,
  parseTypes,
  type SchemaObject,
} from "../grammar/schema-types.ts";
import { JsonSchemaError } from "../json-schema-error.ts";
import {
  BOUND_KEYWORDS,
  COUNT_KEYWORDS,
  FLAG_KEYWORDS,
  SCHEMA_KEYWORDS,
  SCHEMA_LIST_KEYWORDS,
  SCHEMA_MAP_KEYWORDS,
  TEXT_KEYWORDS,
} from "./keywords.ts";
import { isUriReference } from "./uri-reference.ts";

/** What the dialects' own schemas say about each keyword's value. Throws JsonSchemaError naming path and keyword. */
export function checkKeywords(schema: SchemaObject, path: string): void {
  const has = (keyword: string) => Object.hasOwn(schema, keyword);
  const refuse = (keyword: string, what: string): never => {
    throw new JsonSchemaError(`${path}/${keyword} must be ${what}`);
  };
  parseTypes(schema, path);
  for (const keyword of COUNT_KEYWORDS) parseCount(schema, keyword, path);
  for (const keyword of BOUND_KEYWORDS)
    if (has(keyword) && typeof schema[keyword] !== "number") refuse(keyword, "a number");
  for (const keyword of TEXT_KEYWORDS)
    if (has(keyword) && typeof schema[keyword] !== "string") refuse(keyword, "a string");
  for (const keyword of FLAG_KEYWORDS)
    if (has(keyword) && typeof schema[keyword] !== "boolean") refuse(keyword, "a boolean");
  for (const keyword of SCHEMA_KEYWORDS) if (has(keyword)) parseSchema(schema[keyword], `${path}/${keyword}`);
  for (const keyword of SCHEMA_LIST_KEYWORDS)
    if (has(keyword)) parseSchemaList(schema[keyword], `${path}/${keyword}`);
  for (const keyword of SCHEMA_MAP_KEYWORDS)
    if (has(keyword) && !isSchemaObject(schema[keyword])) refuse(keyword, "an object");
  const { multipleOf, type, $id } = schema;
  if (Array.isArray(type) && !isDistinct(type)) refuse("type", "a type or an array of different types");
  if (typeof $id === "string" && !isUriReference($id)) refuse("$id", "a URI reference");
  if (has("multipleOf") && !(typeof multipleOf === "number" && multipleOf > 0))
    refuse("multipleOf", "a number above 0");
  if (has("enum") && !(Array.isArray(schema.enum) && schema.enum.length > 0))
    refuse("enum", "a non-empty array");
  if (has("required") && !isNameList(schema.required)) refuse("required", "an array of different strings");
  if (has("examples") && !Array.isArray(schema.examples)) refuse("examples", "an array");
  if (typeof schema.pattern === "string" && !isExpression(schema.pattern))
    refuse("pattern", "a regular expression");
  for (const pattern of Object.keys(isSchemaObject(schema.patternProperties) ? schema.patternProperties : {}))
    if (!isExpression(pattern)) refuse("patternProperties", "an object whose names are regular expressions");
  checkDependencies(schema, refuse);
}

function checkDependencies(schema: SchemaObject, refuse: (keyword: string, what: string) => never): void {
  const { dependentRequired, dependencies } = schema;
  if (dependentRequired !== undefined) {
    const isGood = isSchemaObject(dependentRequired) && Object.values(dependentRequired).every(isNameList);
    if (!isGood) refuse("dependentRequired", "an object of arrays of different strings");
  }
  if (dependencies === undefined) return;
  const isGood =
    isSchemaObject(dependencies) &&
    Object.values(dependencies).every((value) =>
      Array.isArray(value) ? isNameList(value) : isSchemaObject(value) || typeof value === "boolean",
    );
  if (!isGood) refuse("dependencies", "an object of schemas or arrays of different strings");
}

function isExpression(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}

function isNameList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string") && isDistinct(value);
}

function isDistinct(list: readonly unknown[]): boolean {
  return new Set(list).size === list.length;
}
