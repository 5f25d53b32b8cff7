import { JsonSchemaError } from "../json-schema-error.ts";
import { addArray } from "./json-rules.ts";
import { descend, type SchemaCompiler, type SchemaPlace } from "./schema-place.ts";
import { parseCount, parseSchema, parseSchemaList, type SchemaObject } from "./schema-types.ts";

const MAX_REPETITION = 1000;
const LEFT_OPEN = ["uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems"];

/** Arrays; `prefixItems` (or the list form of `items`) without a rule for further items is closed. */
export function addArrayRule(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace): string {
  for (const keyword of LEFT_OPEN) {
    if (schema[keyword] !== undefined && schema[keyword] !== false) compiler.leaveOpen(place, keyword);
  }
  const { prefix, rest } = createItems(compiler, schema, place);
  const { least, most } = parseBounds(compiler, schema, place);
  const capacity = rest === undefined ? prefix.length : Number.POSITIVE_INFINITY;
  if (least > Math.min(most, capacity))
    throw new JsonSchemaError(`${place.path} asks for more items than it allows`);
  if (rest !== undefined && prefix.length === 0 && least === 0 && most === Number.POSITIVE_INFINITY) {
    if (rest === "value") return addArray(compiler.rules);
  }
  return compiler.rules.add("array", createElements(compiler, { prefix, rest, least, most }));
}

function createItems(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace) {
  const isListForm = Array.isArray(schema.items);
  const prefixKeyword = isListForm ? "items" : "prefixItems";
  const listed = schema[prefixKeyword] === undefined ? [] : schema[prefixKeyword];
  const prefixSchemas =
    Array.isArray(listed) && listed.length === 0
      ? []
      : parseSchemaList(listed, `${place.path}/${prefixKeyword}`);
  const prefix = prefixSchemas.map((item, index) =>
    compiler.add(item, descend(place, `${prefixKeyword}/${index}`)),
  );
  const restKeyword = isListForm ? "additionalItems" : "items";
  const given = schema[restKeyword];
  if (given === undefined && prefix.length > 0) return { prefix, rest: undefined };
  const inner = descend(place, restKeyword);
  const item = parseSchema(given ?? true, inner.path);
  return { prefix, rest: item === false ? undefined : compiler.add(item, inner) };
}

function parseBounds(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace) {
  const least = parseCount(schema, "minItems", place.path) ?? 0;
  if (least > MAX_REPETITION) throw new JsonSchemaError(`${place.path}/minItems is over ${MAX_REPETITION}`);
  let most = parseCount(schema, "maxItems", place.path) ?? Number.POSITIVE_INFINITY;
  if (most > MAX_REPETITION && most !== Number.POSITIVE_INFINITY) {
    compiler.leaveOpen(place, "maxItems");
    most = Number.POSITIVE_INFINITY;
  }
  return { least, most };
}

interface ArrayParts {
  readonly prefix: readonly string[];
  readonly rest: string | undefined;
  readonly least: number;
  readonly most: number;
}

function createElements(compiler: SchemaCompiler, parts: ArrayParts): string {
  const { rules } = compiler;
  const { prefix, least, most } = parts;
  const first = prefix[0] ?? parts.rest;
  if (first === undefined || most === 0) return `"[" "]"`;
  let tail = createRest(compiler, parts, Math.max(prefix.length, 1));
  for (let index = Math.min(prefix.length, most) - 1; index >= 1; index--) {
    const element = `"," ${prefix[index]} ${tail}`.trimEnd();
    tail = rules.add("tail", index >= least ? `(${element})?` : element);
  }
  const elements = `${first} ${tail}`.trimEnd();
  return least === 0 ? `"[" (${elements})? "]"` : `"[" ${elements} "]"`;
}

/** What may follow once `written` elements stand. */
function createRest(compiler: SchemaCompiler, parts: ArrayParts, written: number): string {
  if (parts.rest === undefined || parts.most <= written) return "";
  // A rule of its own: the engine counts the symbols of a repeated group.
  const more = compiler.rules.add("more", `"," ${parts.rest}`);
  const least = Math.max(parts.least - written, 0);
  if (parts.most === Number.POSITIVE_INFINITY) return least === 0 ? `${more}*` : `${more}{${least},}`;
  return `${more}{${least},${parts.most - written}}`;
}
