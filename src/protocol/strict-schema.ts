/** What OpenAI's strict mode allows, from its published guide and SDK. */
const MAX_LEVELS = 10;
const MAX_PROPERTIES = 5000;
const MAX_NAME_CHARACTERS = 120_000;
const MAX_ENUM_VALUES = 1000;
/** The two together: an enumeration of more values may hold no more characters than this. */
const LARGE_ENUM_VALUES = 250;
const LARGE_ENUM_CHARACTERS = 15_000;

const FORBIDDEN_KEYWORDS = new Set([
  "allOf",
  "contains",
  "dependentRequired",
  "dependentSchemas",
  "dependencies",
  "else",
  "if",
  "maxContains",
  "maxProperties",
  "minContains",
  "minProperties",
  "not",
  "patternProperties",
  "prefixItems",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
  "uniqueItems",
]);
const FORBIDDEN_ROOTS = ["anyOf", "oneOf", "allOf", "enum", "not"];

type JsonObject = Readonly<Record<string, unknown>>;

/** What is counted over the whole schema, and the way to the place that is looked at. */
interface Walk {
  properties: number;
  enumValues: number;
  characters: number;
  readonly path: string[];
}

/**
 * Why OpenAI's strict mode would refuse a schema, in its own words as far as they are known; null when it takes it.
 * Says nothing about whether the rest of the schema makes sense.
 */
export function findStrictFault(root: JsonObject): string | null {
  const walk: Walk = { properties: 0, enumValues: 0, characters: 0, path: [] };
  const fault = findRootFault(root);
  if (fault !== null) return fault;
  const nested = visit(root, { walk, level: 1 });
  // The path still stands where the fault was found.
  return nested === null ? findSizeFault(walk) : `In context=${formatContext(walk.path)}, ${nested}`;
}

function findRootFault(root: JsonObject): string | null {
  if (FORBIDDEN_ROOTS.some((keyword) => keyword in root)) {
    return "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.";
  }
  if (root.type === "object") return null;
  const type = typeof root.type === "string" ? root.type.slice(0, 32) : "None";
  return `schema must be a JSON Schema of 'type: "object"', got 'type: "${type}"'.`;
}

/** Looks at a schema and all below it. Meets a `$ref`'s target where it is defined, so recursion ends. */
function visit(schema: JsonObject, { walk, level }: { walk: Walk; level: number }): string | null {
  if (level > MAX_LEVELS) return `schema exceeds maximum nesting depth of ${MAX_LEVELS}.`;
  const fault = findPlaceFault(schema) ?? countValues(schema, walk);
  if (fault !== null) return fault;
  const inside = { walk, level: isObjectSchema(schema) ? level + 1 : level };
  return (
    visitNamed(schema, "properties", inside) ??
    visitNamed(schema, "$defs", { walk, level: 1 }) ??
    visitNamed(schema, "definitions", { walk, level: 1 }) ??
    visitAt(schema.items, ["items"], inside) ??
    visitVariants(schema.anyOf, { walk, level })
  );
}

function visitNamed(schema: JsonObject, keyword: string, at: { walk: Walk; level: number }): string | null {
  const named = schema[keyword];
  if (!isObject(named)) return null;
  for (const name of Object.keys(named)) {
    at.walk.characters += name.length;
    if (keyword === "properties") at.walk.properties += 1;
    const fault = visitAt(named[name], [keyword, name], at);
    if (fault !== null) return fault;
  }
  return null;
}

function visitVariants(variants: unknown, at: { walk: Walk; level: number }): string | null {
  if (!Array.isArray(variants)) return null;
  for (const [index, variant] of variants.entries()) {
    const fault = visitAt(variant, ["anyOf", String(index)], at);
    if (fault !== null) return fault;
  }
  return null;
}

function visitAt(value: unknown, steps: readonly string[], at: { walk: Walk; level: number }): string | null {
  if (!isObject(value)) return null;
  const { path } = at.walk;
  path.push(...steps);
  const fault = visit(value, at);
  if (fault === null) path.length -= steps.length;
  return fault;
}

function countValues({ enum: listed, const: fixed }: JsonObject, walk: Walk): string | null {
  if (typeof fixed === "string") walk.characters += fixed.length;
  if (!Array.isArray(listed)) return null;
  const length = countCharacters(listed);
  walk.enumValues += listed.length;
  walk.characters += length;
  return listed.length > LARGE_ENUM_VALUES && length > LARGE_ENUM_CHARACTERS
    ? `an enum with more than ${LARGE_ENUM_VALUES} values exceeds the limit of ${LARGE_ENUM_CHARACTERS} characters.`
    : null;
}

function findPlaceFault(schema: JsonObject): string | null {
  for (const keyword of Object.keys(schema)) {
    if (FORBIDDEN_KEYWORDS.has(keyword)) return `'${keyword}' is not permitted.`;
  }
  if (!isObjectSchema(schema)) return null;
  if (schema.additionalProperties !== false) {
    return "'additionalProperties' is required to be supplied and to be false.";
  }
  const names = isObject(schema.properties) ? Object.keys(schema.properties) : [];
  return findRequiredFault(names, schema.required);
}

function findRequiredFault(names: readonly string[], required: unknown): string | null {
  const listed = new Set<unknown>(Array.isArray(required) ? required : []);
  const rule = "'required' is required to be supplied and to be an array including every key in properties.";
  const missing = names.find((name) => !listed.has(name));
  if (missing !== undefined) return `${rule} Missing '${missing}'.`;
  const known = new Set(names);
  const extra = [...listed].find((name) => typeof name !== "string" || !known.has(name));
  return extra === undefined ? null : `${rule} Extra required key '${String(extra)}' supplied.`;
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  if (type === "object" || (Array.isArray(type) && type.includes("object"))) return true;
  return type === undefined && isObject(properties);
}

function findSizeFault({ properties, enumValues, characters }: Walk): string | null {
  if (properties > MAX_PROPERTIES) {
    return `${properties} object properties in total exceed the limit of ${MAX_PROPERTIES}.`;
  }
  if (enumValues > MAX_ENUM_VALUES) {
    return `${enumValues} enum values in total exceed the limit of ${MAX_ENUM_VALUES}.`;
  }
  if (characters > MAX_NAME_CHARACTERS) {
    return `names and values of ${characters} characters in total exceed the limit of ${MAX_NAME_CHARACTERS}.`;
  }
  return null;
}

function countCharacters(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 0), 0);
}

/** As Python writes a tuple, which is how OpenAI's messages show a place. */
function formatContext(path: readonly string[]): string {
  const steps = path.map((step) => `'${step}'`);
  return steps.length === 1 ? `(${steps[0]},)` : `(${steps.join(", ")})`;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
