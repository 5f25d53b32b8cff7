import { JsonSchemaError } from "../json-schema-error.ts";
import { createLiteral } from "./grammar-rules.ts";
import { addObject, addString } from "./json-rules.ts";
import { addOtherKey } from "./other-key-rule.ts";
import { descend, type SchemaCompiler, type SchemaPlace } from "./schema-place.ts";
import { escapePointer, isSchemaObject, parseCount, parseSchema, type SchemaObject } from "./schema-types.ts";

const LEFT_OPEN = [
  "patternProperties",
  "propertyNames",
  "dependentRequired",
  "dependentSchemas",
  "dependencies",
  "unevaluatedProperties",
];

interface Property {
  /** GBNF for `"key":value`. */
  readonly body: string;
  readonly isRequired: boolean;
}

/**
 * Objects write their properties in the schema's order; an optional one may be left out. Without
 * `additionalProperties` an object with properties is closed: a model under a grammar should not invent keys.
 */
export function addObjectRule(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace): string {
  for (const keyword of LEFT_OPEN) if (schema[keyword] !== undefined) compiler.leaveOpen(place, keyword);
  const properties = createProperties(compiler, schema, place);
  leavePropertyCountsOpen(compiler, { schema, place, properties });
  const isMap = properties.length === 0 && schema.additionalProperties === undefined;
  if (isMap && schema.properties === undefined) return addObject(compiler.rules);
  return compiler.rules.add("object", `"{" ${createMembers(compiler, { schema, place, properties })} "}"`);
}

function createProperties(compiler: SchemaCompiler, schema: SchemaObject, place: SchemaPlace): Property[] {
  const declared = schema.properties ?? {};
  if (!isSchemaObject(declared)) throw new JsonSchemaError(`${place.path}/properties must be an object`);
  const required = parseRequired(schema, place);
  const entries = Object.entries(declared).map(([name, value]) => ({ name, value }));
  for (const name of required) {
    if (!Object.hasOwn(declared, name)) entries.push({ name, value: schema.additionalProperties ?? true });
  }
  compiler.countProperties(entries.length);
  return entries.flatMap(({ name, value }) => {
    const inner = descend(place, `properties/${escapePointer(name)}`);
    const property = parseSchema(value, inner.path);
    const isRequired = required.has(name);
    if (property === false && !isRequired) return [];
    const key = createLiteral(`${JSON.stringify(name)}:`);
    return [{ body: compiler.rules.add(name, `${key} ${compiler.add(property, inner)}`), isRequired }];
  });
}

function parseRequired(schema: SchemaObject, place: SchemaPlace): Set<string> {
  const names: unknown = schema.required ?? [];
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
    throw new JsonSchemaError(`${place.path}/required must be an array of strings`);
  }
  return new Set(names);
}

interface ObjectParts {
  readonly schema: SchemaObject;
  readonly place: SchemaPlace;
  readonly properties: readonly Property[];
}

/**
 * Built from the last property backwards, with two rules per place: one for "something stands before, so a comma is
 * due" and one for "nothing yet". That keeps any mix of required and optional properties linear in size.
 */
function createMembers(compiler: SchemaCompiler, parts: ObjectParts): string {
  const { rules } = compiler;
  const other = createOtherMember(compiler, parts);
  let afterSome = other === undefined ? "" : rules.add("others", `("," ${other})*`);
  let afterNone = other === undefined ? "" : rules.add("first-other", `(${other} ${afterSome})?`);
  for (const { body, isRequired } of parts.properties.toReversed()) {
    const written = `${body} ${afterSome}`.trimEnd();
    const skipped = afterNone === "" ? `""` : afterNone;
    afterNone = isRequired ? written : rules.add("first", `${written} | ${skipped}`);
    afterSome = rules.add("next", isRequired ? `"," ${written}` : `("," ${body})? ${afterSome}`.trimEnd());
  }
  return afterNone;
}

function createOtherMember(compiler: SchemaCompiler, parts: ObjectParts): string | undefined {
  const { schema, place } = parts;
  if (schema.additionalProperties === undefined || schema.additionalProperties === false) return undefined;
  const inner = descend(place, "additionalProperties");
  const value = compiler.add(parseSchema(schema.additionalProperties, inner.path), inner);
  const declared = isSchemaObject(schema.properties) ? Object.keys(schema.properties) : [];
  const names = [...new Set([...declared, ...parseRequired(schema, place)])];
  const key = names.length === 0 ? addString(compiler.rules) : addOtherKey(compiler.rules, names);
  return compiler.rules.add("other", `${key} ":" ${value}`);
}

/** Counts are left to validation unless the required properties or the declared ones settle them already. */
function leavePropertyCountsOpen(compiler: SchemaCompiler, parts: ObjectParts): void {
  const { schema, place, properties } = parts;
  const least = parseCount(schema, "minProperties", place.path) ?? 0;
  const most = parseCount(schema, "maxProperties", place.path) ?? Number.POSITIVE_INFINITY;
  const isClosed = properties.length > 0 && (schema.additionalProperties ?? false) === false;
  if (properties.filter((property) => property.isRequired).length < least)
    compiler.leaveOpen(place, "minProperties");
  if (!isClosed || properties.length > most) {
    if (most !== Number.POSITIVE_INFINITY) compiler.leaveOpen(place, "maxProperties");
  }
}
