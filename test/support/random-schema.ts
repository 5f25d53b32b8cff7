import fc from "fast-check";

const NAMES = ["a", "b", "c", "kind"];
const PATTERNS = ["^a", "b$", "^[a-z]{1,3}$", "^x-", "\\d+", "^(foo|bar)$", "(a|b)*c", "^\\p{Lu}"];
const FORMATS = ["date", "date-time", "time", "email", "ipv4", "ipv6", "uuid", "uri", "hostname"];
const TYPES = ["null", "boolean", "object", "array", "number", "integer", "string"];

const name = fc.constantFrom(...NAMES);
const names = fc.uniqueArray(name, { maxLength: 3 });
const count = fc.nat({ max: 4 });
const bound = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constantFrom(-0.5, 0.1, 1.5, 1e9));

/** Schemas with every keyword, nested, unreasonable and recursive through `$defs`. */
const schemaArbitrary: fc.Arbitrary<unknown> = fc.letrec<{ schema: unknown }>((tie) => {
  const schema = tie("schema");
  const list = fc.array(schema, { minLength: 1, maxLength: 3 });
  const map = fc.dictionary(name, schema, { maxKeys: 3 });
  const value = fc.oneof(
    fc.constantFrom(null, true, false, 0, 1, 1.5, -3, "", "a", "foo", 'é\n"'),
    fc.constantFrom<unknown>([], [1], ["a", 1], {}, { a: 1 }, { kind: "a", b: [null] }),
  );
  const keywords = {
    type: fc.oneof(
      fc.constantFrom(...TYPES),
      fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }),
    ),
    enum: fc.array(value, { minLength: 1, maxLength: 4 }),
    const: value,
    minimum: bound,
    maximum: bound,
    exclusiveMinimum: bound,
    exclusiveMaximum: bound,
    multipleOf: fc.constantFrom(1, 2, 3, 7, 0.5, 0.01),
    minLength: count,
    maxLength: fc.nat({ max: 12 }),
    pattern: fc.constantFrom(...PATTERNS),
    format: fc.constantFrom(...FORMATS),
    items: schema,
    prefixItems: list,
    contains: schema,
    minContains: count,
    maxContains: count,
    minItems: count,
    maxItems: count,
    uniqueItems: fc.boolean(),
    unevaluatedItems: schema,
    properties: map,
    patternProperties: fc.dictionary(fc.constantFrom(...PATTERNS), schema, { maxKeys: 2 }),
    additionalProperties: schema,
    propertyNames: schema,
    required: names,
    minProperties: count,
    maxProperties: count,
    dependentRequired: fc.dictionary(name, names, { maxKeys: 2 }),
    dependentSchemas: map,
    unevaluatedProperties: schema,
    allOf: list,
    anyOf: list,
    oneOf: list,
    not: schema,
    if: schema,
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: schema,
    else: schema,
    $ref: fc.constantFrom("#", "#/$defs/one", "#/$defs/two"),
    nullable: fc.boolean(),
  };
  const some = pickSome(keywords);
  return {
    schema: fc.oneof({ maxDepth: 4, depthIdentifier: "schema" }, fc.boolean(), {
      arbitrary: some,
      weight: 6,
    }),
  };
}).schema;

/** A few keywords at a time: all at once nearly always contradict each other. */
function pickSome(keywords: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  return fc
    .uniqueArray(fc.constantFrom(...Object.keys(keywords)), { minLength: 1, maxLength: 5 })
    .chain((picked) =>
      fc.record(Object.fromEntries(picked.map((keyword) => [keyword, keywords[keyword] ?? fc.boolean()]))),
    );
}

/** A whole document, with the definitions that its references name. */
export const documentArbitrary: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(schemaArbitrary, schemaArbitrary, schemaArbitrary)
  .map(([root, one, two]) => ({
    ...(typeof root === "object" ? root : { not: !root }),
    $defs: { one, two },
  }));
