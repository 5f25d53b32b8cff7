import { isObject } from "./json-schema-suite.ts";

/**
 * The value as compact JSON with each object's properties in the schema's order: names as `properties`, `required` and
 * constants declare them or dependencies name them, a schema's own before those of the schemas it applies, and undeclared names last.
 */
export function serialiseInOrder(schema: unknown, value: unknown): string {
  return JSON.stringify(order({ root: schema, schemas: [schema], value }));
}

interface Ordering {
  readonly root: unknown;
  readonly schemas: readonly unknown[];
  readonly value: unknown;
}

function order({ root, schemas, value }: Ordering): unknown {
  const applied = collectApplied(root, schemas);
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      order({ root, schemas: applied.flatMap((schema) => listItemSchemas(schema, index)), value: item }),
    );
  }
  if (!isObject(value)) return value;
  const declared = [...new Set(applied.flatMap(listNames))];
  const names = [
    ...new Set([...declared.filter((name) => Object.hasOwn(value, name)), ...Object.keys(value)]),
  ];
  const ordered = Object.create(null);
  for (const name of names) {
    const inner = applied.flatMap((schema) => listPropertySchemas(schema, name));
    Object.defineProperty(ordered, name, {
      value: order({ root, schemas: inner, value: value[name] }),
      enumerable: true,
    });
  }
  return ordered;
}

/** The schemas and all that they apply to the same value, outer before inner. */
function collectApplied(root: unknown, schemas: readonly unknown[]): readonly Record<string, unknown>[] {
  const seen = new Set<Record<string, unknown>>();
  const add = (schema: unknown): void => {
    if (!isObject(schema) || seen.has(schema)) return;
    seen.add(schema);
    for (const reference of [schema.$ref, schema.$dynamicRef]) {
      if (typeof reference === "string") for (const target of findTargets(root, reference)) add(target);
    }
    for (const keyword of ["allOf", "anyOf", "oneOf"])
      for (const inner of listOf(schema[keyword])) add(inner);
    for (const keyword of ["not", "if", "then", "else"]) add(schema[keyword]);
    for (const keyword of ["dependentSchemas", "dependencies"]) {
      for (const inner of Object.values(isObject(schema[keyword]) ? schema[keyword] : {})) add(inner);
    }
  };
  for (const schema of schemas) add(schema);
  return [...seen];
}

/** By pointer, or any schema whose identifier or anchor could be meant. */
function findTargets(root: unknown, reference: string): readonly unknown[] {
  const [address = "", fragment = ""] = reference.split("#");
  const holders =
    address === ""
      ? [root]
      : findAll(root, ({ $id }) => typeof $id === "string" && $id.endsWith(address.split("/").at(-1) ?? ""));
  if (fragment === "") return holders;
  if (!fragment.startsWith("/")) {
    return findAll(root, ({ $anchor, $dynamicAnchor, $id }) =>
      [$anchor, $dynamicAnchor, $id].some((name) => name === fragment || name === `#${fragment}`),
    );
  }
  return holders.map((holder) => {
    let target: unknown = holder;
    for (const part of fragment.split("/").slice(1)) {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      target =
        isObject(target) || Array.isArray(target) ? (target as Record<string, unknown>)[key] : undefined;
    }
    return target;
  });
}

function findAll(
  value: unknown,
  test: (schema: Record<string, unknown>) => boolean,
): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap((item) => findAll(item, test));
  if (!isObject(value)) return [];
  return [...(test(value) ? [value] : []), ...Object.values(value).flatMap((inner) => findAll(inner, test))];
}

function listNames(schema: Record<string, unknown>): readonly string[] {
  const constants = [schema.const, ...listOf(schema.enum)].filter(isObject);
  return [
    ...Object.keys(isObject(schema.properties) ? schema.properties : {}),
    ...listOf(schema.required).filter((name) => typeof name === "string"),
    ...constants.flatMap((constant) => Object.keys(constant)),
    ...[schema.dependentRequired, schema.dependentSchemas, schema.dependencies].flatMap(listDependent),
  ];
}

function listDependent(dependencies: unknown): readonly string[] {
  return Object.entries(isObject(dependencies) ? dependencies : {}).flatMap(([name, demanded]) => [
    name,
    ...listOf(demanded).filter((other) => typeof other === "string"),
  ]);
}

function listPropertySchemas(schema: Record<string, unknown>, name: string): readonly unknown[] {
  const own =
    isObject(schema.properties) && Object.hasOwn(schema.properties, name) ? [schema.properties[name]] : [];
  const patterns = Object.entries(isObject(schema.patternProperties) ? schema.patternProperties : {});
  const matching = patterns.flatMap(([pattern, inner]) =>
    new RegExp(pattern, "u").test(name) ? [inner] : [],
  );
  const constants = [schema.const, ...listOf(schema.enum)]
    .filter(isObject)
    .map((constant) => ({ const: constant[name] }));
  return [...own, ...matching, schema.additionalProperties, schema.unevaluatedProperties, ...constants];
}

function listItemSchemas(schema: Record<string, unknown>, index: number): readonly unknown[] {
  const listed = [...listOf(schema.prefixItems), ...listOf(schema.items)];
  const constants = [schema.const, ...listOf(schema.enum)].flatMap((constant) =>
    Array.isArray(constant) ? [{ const: constant[index] }] : [],
  );
  const rest = [schema.items, schema.additionalItems, schema.contains, schema.unevaluatedItems];
  return [...listed.slice(index, index + 1), ...rest, ...constants];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
