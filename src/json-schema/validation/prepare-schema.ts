import type { SchemaObject as HyperjumpSchema, SchemaFragment } from "@hyperjump/json-schema/draft-2020-12";
import { isSchemaObject, type SchemaObject } from "../grammar/schema-types.ts";
import type { Dialect } from "../schema/dialect.ts";
import { SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS, SCHEMA_MAP_KEYWORDS } from "../schema/keywords.ts";
import type { ReadSchema } from "../schema/read-schema.ts";

/**
 * What the library must not see: a dialect of the client's own making would change how later schemas are read, it
 * refuses addresses of files even as mere names, and it takes a keyword or an anchor `constructor` for what each object
 * of this language has. In draft-07 the siblings of a reference say nothing, `$id` included.
 */
export function prepareSchema({ schema, dialect }: ReadSchema): HyperjumpSchema | boolean {
  if (typeof schema === "boolean") return schema;
  const { $schema: _dialect, $vocabulary: _vocabulary, ...rest } = schema;
  return prepareObject(isReference(rest, dialect) ? wrapReference(rest) : rest, { dialect, isSchema: true });
}

const DATA_KEYWORDS = new Set(["const", "default", "enum", "examples"]);
const MAP_KEYWORDS = new Set<string>([...SCHEMA_MAP_KEYWORDS, "dependencies", "dependentRequired"]);
const INNER_KEYWORDS = new Set<string>([
  ...SCHEMA_KEYWORDS,
  ...SCHEMA_LIST_KEYWORDS,
  "contentSchema",
  "items",
]);
const ADDRESS_KEYWORDS = new Set(["$dynamicRef", "$id", "$ref"]);
const ANCHOR_KEYWORDS = new Set(["$anchor", "$dynamicAnchor"]);

interface Place {
  readonly dialect: Dialect;
  /** False below unknown keywords: what is there may be a map of names. */
  readonly isSchema: boolean;
}

/** In draft-07 the library sees nothing beside a reference, not even the definitions that one at the root points at. */
function wrapReference({ $ref, definitions, $defs }: SchemaObject): SchemaObject {
  const wrapped = { allOf: [{ $ref }], definitions, $defs };
  return Object.fromEntries(Object.entries(wrapped).filter(([, value]) => value !== undefined));
}

function isReference(schema: SchemaObject, dialect: Dialect): boolean {
  return dialect === "draft-07" && typeof schema.$ref === "string";
}

function prepareValue(value: unknown, place: Place): SchemaFragment {
  if (Array.isArray(value)) return value.map((item) => prepareValue(item, place));
  if (isSchemaObject(value)) return prepareObject(value, place);
  return value as SchemaFragment;
}

function prepareObject(schema: SchemaObject, place: Place): HyperjumpSchema {
  const kept = Object.entries(schema).filter(([keyword, value]) => {
    if (keyword === "$schema") return typeof value !== "string";
    if (keyword === "$vocabulary") return !isSchemaObject(value);
    if (keyword === "$id" && isReference(schema, place.dialect)) return false;
    return !(place.isSchema && isBuiltIn(keyword));
  });
  return Object.fromEntries(kept.map((entry) => [entry[0], prepareKeyword(entry, place)]));
}

function prepareKeyword([keyword, value]: [string, unknown], place: Place): SchemaFragment {
  if (DATA_KEYWORDS.has(keyword)) return value as SchemaFragment;
  if (MAP_KEYWORDS.has(keyword) && isSchemaObject(value)) return prepareMap(value, place);
  if (typeof value !== "string")
    return prepareValue(value, { ...place, isSchema: place.isSchema && INNER_KEYWORDS.has(keyword) });
  if (ANCHOR_KEYWORDS.has(keyword)) return prepareFragment(value);
  return ADDRESS_KEYWORDS.has(keyword) ? prepareAddress(value) : value;
}

function prepareMap(map: SchemaObject, place: Place): HyperjumpSchema {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, prepareValue(value, place)]));
}

function prepareAddress(address: string): string {
  const [uri = "", ...fragments] = address.split("#");
  return [uri.replace(/^file:/i, "tailor-file:"), ...fragments.map(prepareFragment)].join("#");
}

function prepareFragment(fragment: string): string {
  if (isBuiltIn(decode(fragment))) return `anchor-${decode(fragment)}`;
  // Pointers are often written as they are read; the library wants them escaped.
  return fragment.replace(/[\s"<>[\\\]^`{|}]/g, encodeURIComponent);
}

function isBuiltIn(name: string): boolean {
  return Object.hasOwn(Object.prototype, name);
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
