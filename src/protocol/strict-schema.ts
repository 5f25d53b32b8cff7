/** What OpenAI's strict mode allows, from its published guide and SDK. */
const MAX_LEVELS = 10;
const MAX_PROPERTIES = 5000;
const MAX_NAME_CHARACTERS = 120_000;
const MAX_ENUM_VALUES = 1000;
/** The two together: an enumeration of more values may hold no more characters than this. */
const LARGE_ENUM_VALUES = 250;
const LARGE_ENUM_CHARACTERS = 15_000;

const FORBIDDEN_KEYWORDS = [
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
];
const FORBIDDEN_ROOTS = ["anyOf", "oneOf", "allOf", "enum", "not"];

type JsonObject = Readonly<Record<string, unknown>>;

interface Place {
  readonly schema: JsonObject;
  /** Keywords and names on the way here. */
  readonly path: readonly string[];
  /** Objects around this one, itself counted. */
  readonly level: number;
}

/**
 * Why OpenAI's strict mode would refuse a schema, in its own words as far as they are known; null when it takes it.
 * Says nothing about whether the rest of the schema makes sense.
 */
export function findStrictFault(root: JsonObject): string | null {
  return findRootFault(root) ?? findSizeFault(root) ?? findNestedFault(root);
}

function findRootFault(root: JsonObject): string | null {
  if (FORBIDDEN_ROOTS.some((keyword) => keyword in root)) {
    return "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.";
  }
  if (root.type === "object") return null;
  const type = typeof root.type === "string" ? root.type.slice(0, 32) : "None";
  return `schema must be a JSON Schema of 'type: "object"', got 'type: "${type}"'.`;
}

function findNestedFault(root: JsonObject): string | null {
  for (const place of walk({ schema: root, path: [], level: 1 })) {
    const fault = place.level > MAX_LEVELS ? describeDepth() : findPlaceFault(place.schema);
    if (fault !== null) return `In context=${formatContext(place.path)}, ${fault}`;
  }
  return null;
}

function describeDepth(): string {
  return `schema exceeds maximum nesting depth of ${MAX_LEVELS}.`;
}

function findPlaceFault(schema: JsonObject): string | null {
  const forbidden = FORBIDDEN_KEYWORDS.find((keyword) => keyword in schema);
  if (forbidden !== undefined) return `'${forbidden}' is not permitted.`;
  if (!isObjectSchema(schema)) return null;
  if (schema.additionalProperties !== false) {
    return "'additionalProperties' is required to be supplied and to be false.";
  }
  return findRequiredFault(Object.keys(readObject(schema.properties)), schema.required);
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

/** Every subschema with its place, the root first. Meets a `$ref`'s target where it is defined, so recursion ends. */
function* walk(place: Place): Generator<Place> {
  yield place;
  // Deeper is refused already; going on would only cost.
  if (place.level > MAX_LEVELS) return;
  for (const child of listChildren(place)) yield* walk(child);
}

function listChildren({ schema, path, level }: Place): Place[] {
  const inside = isObjectSchema(schema) ? level + 1 : level;
  const at = (value: unknown, steps: readonly string[], childLevel = inside): Place[] =>
    isObject(value) ? [{ schema: value, path: [...path, ...steps], level: childLevel }] : [];
  const named = (keyword: string, childLevel?: number) =>
    Object.entries(readObject(schema[keyword])).flatMap(([name, child]) =>
      at(child, [keyword, name], childLevel),
    );
  const variants = Array.isArray(schema.anyOf) ? schema.anyOf : [];
  return [
    ...named("properties"),
    ...named("$defs", 1),
    ...named("definitions", 1),
    ...at(schema.items, ["items"]),
    ...variants.flatMap((variant: unknown, index) => at(variant, ["anyOf", String(index)], level)),
  ];
}

function findSizeFault(root: JsonObject): string | null {
  let properties = 0;
  let characters = 0;
  let enumValues = 0;
  for (const { schema } of walk({ schema: root, path: [], level: 1 })) {
    const names = [...Object.keys(readObject(schema.properties)), ...Object.keys(readObject(schema.$defs))];
    const values: unknown[] = Array.isArray(schema.enum) ? schema.enum : [];
    const length = countCharacters(values);
    properties += Object.keys(readObject(schema.properties)).length;
    enumValues += values.length;
    characters += countCharacters([...names, schema.const]) + length;
    if (values.length > LARGE_ENUM_VALUES && length > LARGE_ENUM_CHARACTERS) {
      return `an enum with more than ${LARGE_ENUM_VALUES} values exceeds the limit of ${LARGE_ENUM_CHARACTERS} characters.`;
    }
  }
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

function readObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
