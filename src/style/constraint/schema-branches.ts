/** A JSON Schema object. */
export type SchemaObject = Readonly<Record<string, unknown>>;

/** Lists the ways to hold to a schema, as plain keywords. */
export type SchemaBranches = (schema: unknown) => readonly SchemaObject[];

/** These say nothing about what may be written. */
const ANNOTATIONS = new Set([
  "$anchor",
  "$comment",
  "$defs",
  "$id",
  "$schema",
  "default",
  "definitions",
  "deprecated",
  "description",
  "example",
  "examples",
  "nullable",
  "readOnly",
  "title",
  "writeOnly",
]);

/** Schemas looked at for one: a few references can stand for any number of them. */
const MAX_VISITS = 200;

/**
 * References within the document are followed, `anyOf` is split, and so is `oneOf` where types tell its parts from each
 * other; annotations are left out. A way that cannot be put like that is not listed.
 */
export function createSchemaBranches(document: unknown): SchemaBranches {
  function list(schema: unknown, visits: { count: number }): SchemaObject[] {
    if (schema === true) return [{}];
    if (!isSchemaObject(schema) || ++visits.count > MAX_VISITS) return [];
    const said = Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword));
    const [only, ...others] = said;
    if (only === undefined) return [{}];
    const [keyword, value] = only;
    const isAlone = others.length === 0;
    if (keyword === "$ref" && isAlone) return list(followReference(document, value), visits);
    const parts = keyword === "anyOf" || (keyword === "oneOf" && areDisjoint(value)) ? value : null;
    if (isAlone && Array.isArray(parts)) return parts.flatMap((part: unknown) => list(part, visits));
    return [Object.fromEntries(said)];
  }
  return (schema) => list(schema, { count: 0 });
}

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `#` and pointers into the document; anything else is not found. */
function followReference(document: unknown, reference: unknown): unknown {
  if (typeof reference !== "string" || !/^#(?:\/|$)/.test(reference)) return null;
  let place = document;
  for (const part of reference.split("/").slice(1)) {
    const key = decodePart(part);
    if (key === null || !isSchemaObject(place) || !Object.hasOwn(place, key)) return null;
    place = place[key];
  }
  return place;
}

function decodePart(part: string): string | null {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return null;
  }
}

/** Each part names one type, and no two the same; an integer is a number too. */
function areDisjoint(parts: unknown): boolean {
  if (!Array.isArray(parts)) return false;
  const types = parts.map((part: unknown) => (isSchemaObject(part) ? part.type : null));
  const names = types.map((type) => (type === "integer" ? "number" : type));
  return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
}
