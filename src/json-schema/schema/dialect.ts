import { isSchemaObject } from "../grammar/schema-types.ts";

export type Dialect = "2020-12" | "draft-07";

const OLDER_DIALECT = /^https?:\/\/json-schema\.org\/draft-0[3-7]\/schema#?$/;

/**
 * The dialect a document is written in: 2020-12 unless `$schema` names draft-07 or older. A document without `$schema`
 * that gives `items` a list is read as draft-07 too, since no newer one has that form.
 */
export function pickDialect(schema: unknown): Dialect {
  if (!isSchemaObject(schema)) return "2020-12";
  if (typeof schema.$schema === "string") return OLDER_DIALECT.test(schema.$schema) ? "draft-07" : "2020-12";
  return hasItemsList(schema) ? "draft-07" : "2020-12";
}

/** Looks into values of `enum`, `const` and the like too: a false alarm there needs an `items` list without `$schema`. */
function hasItemsList(value: unknown): boolean {
  const waiting: unknown[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (Array.isArray(next)) waiting.push(...next);
    if (!isSchemaObject(next)) continue;
    if (Array.isArray(next.items)) return true;
    waiting.push(...Object.entries(next).flatMap(([key, inner]) => (DATA_KEYWORDS.has(key) ? [] : [inner])));
  }
  return false;
}

const DATA_KEYWORDS = new Set(["const", "default", "enum", "examples"]);
