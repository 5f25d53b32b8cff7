import { JsonSchemaError } from "../json-schema-error.ts";
import { addArrayRule } from "./array-rule.ts";
import { createLiteral, type GrammarRules } from "./grammar-rules.ts";
import { addBoolean, addNull, addValue } from "./json-rules.ts";
import { ANNOTATIONS, mergeSchemas } from "./merge-schemas.ts";
import { addNumberRule } from "./number-rule.ts";
import { addObjectRule } from "./object-rule.ts";
import { resolveReference } from "./resolve-reference.ts";
import { inferTypes, isOfType, isUnconstrained } from "./schema-kind.ts";
import type { SchemaCompiler, SchemaPlace } from "./schema-place.ts";
import {
  isSchemaObject,
  type JsonType,
  parseSchemaList,
  parseTypes,
  type Schema,
  type SchemaObject,
} from "./schema-types.ts";
import { addStringRule } from "./string-rule.ts";

const MAX_DEPTH = 32;

/** Assertions that no grammar rule here covers; keywords that are no assertions at all bind nothing. */
const LEFT_OPEN = ["not", "if", "$dynamicRef", "$recursiveRef"];
const MAX_PROPERTIES = 2000;
/** Nested unions multiply; this many steps are far more than a schema of 64 KB needs by itself. */
const MAX_STEPS = 20_000;

export function createSchemaCompiler(options: {
  readonly root: Schema;
  readonly rules: GrammarRules;
  readonly unenforced: Set<string>;
}): SchemaCompiler {
  const { root, rules, unenforced } = options;
  const references = new Map<string, string>();
  let propertyCount = 0;
  let steps = 0;

  const compiler: SchemaCompiler = {
    rules,
    leaveOpen: (place, keyword) => unenforced.add(`${place.path}/${keyword}`),
    countProperties(count) {
      propertyCount += count;
      if (propertyCount > MAX_PROPERTIES) throw new JsonSchemaError(`more than ${MAX_PROPERTIES} properties`);
    },
    add(schema, place) {
      if (++steps > MAX_STEPS) throw new JsonSchemaError("the schema is too complex to compile");
      if (place.depth > MAX_DEPTH) throw new JsonSchemaError(`nested deeper than ${MAX_DEPTH} levels`);
      if (schema === false) throw new JsonSchemaError(`${place.path} allows no value`);
      if (schema === true || isUnconstrained(schema)) return addValue(rules);
      if (schema.$ref !== undefined) return addReference(schema, place);
      if (schema.allOf !== undefined) return addMerged(schema, place);
      if (schema.const !== undefined || schema.enum !== undefined) return addConstants(schema, place);
      if (schema.anyOf !== undefined) return addUnion(schema, { ...place, keyword: "anyOf" });
      if (schema.oneOf !== undefined) return addUnion(schema, { ...place, keyword: "oneOf" });
      return addTyped(schema, place);
    },
  };

  function addReference(schema: SchemaObject, place: SchemaPlace): string {
    const { $ref: reference, ...siblings } = schema;
    const target = resolveReference(root, reference, place.path);
    const key = String(reference);
    if (place.openReferences.has(key))
      throw new JsonSchemaError(`${place.path}/$ref refers to itself without end`);
    const inner = {
      ...place,
      depth: place.depth + 1,
      openReferences: new Set([...place.openReferences, key]),
    };
    if (!isUnconstrained(siblings)) {
      return compiler.add({ ...siblings, allOf: [target, ...toList(siblings.allOf)] }, inner);
    }
    const known = references.get(key);
    if (known !== undefined) return known;
    const name = rules.reserve(key.split("/").at(-1) || "self");
    references.set(key, name);
    rules.define(name, compiler.add(target, { ...inner, path: key }));
    return name;
  }

  function addMerged(schema: SchemaObject, place: SchemaPlace): string {
    const { allOf, ...own } = schema;
    let merged: SchemaObject = own;
    let inner: SchemaPlace = { ...place, depth: place.depth + 1 };
    for (const part of parseSchemaList(allOf, `${place.path}/allOf`)) {
      let right = part;
      while (isSchemaObject(right) && right.$ref !== undefined) {
        const { $ref: reference, ...siblings } = right;
        const key = String(reference);
        if (inner.openReferences.has(key))
          throw new JsonSchemaError(`${place.path}/allOf refers to itself without end`);
        inner = { ...inner, openReferences: new Set([...inner.openReferences, key]) };
        const target = resolveReference(root, reference, place.path);
        right = isUnconstrained(siblings)
          ? target
          : { ...siblings, allOf: [target, ...toList(siblings.allOf)] };
      }
      if (right === false) throw new JsonSchemaError(`${place.path}/allOf allows no value`);
      if (right === true) continue;
      merged = mergeSchemas({ left: merged, right }, (keyword) =>
        compiler.leaveOpen(place, `allOf/${keyword}`),
      );
    }
    return compiler.add(merged, inner);
  }

  function addConstants(schema: SchemaObject, place: SchemaPlace): string {
    const { enum: listed, const: constant, type: _type, ...rest } = schema;
    if (listed !== undefined && (!Array.isArray(listed) || listed.length === 0)) {
      throw new JsonSchemaError(`${place.path}/enum must be a non-empty array`);
    }
    const types = parseTypes(schema, place.path);
    const values: readonly unknown[] =
      constant !== undefined ? [constant] : Array.isArray(listed) ? listed : [];
    const allowed = values.filter(
      (value) => types === undefined || types.some((type) => isOfType(value, type)),
    );
    if (allowed.length === 0) throw new JsonSchemaError(`${place.path} has no value of its type`);
    for (const keyword of Object.keys(rest))
      if (!ANNOTATIONS.has(keyword)) compiler.leaveOpen(place, keyword);
    const literals = [...new Set(allowed.map((value) => createLiteral(JSON.stringify(value))))];
    return rules.add("constant", literals.join(" | "));
  }

  function addUnion(
    schema: SchemaObject,
    place: SchemaPlace & { readonly keyword: "anyOf" | "oneOf" },
  ): string {
    const { [place.keyword]: listed, ...own } = schema;
    const path = `${place.path}/${place.keyword}`;
    const alternatives = parseSchemaList(listed, path).filter((alternative) => alternative !== false);
    if (alternatives.length === 0) throw new JsonSchemaError(`${path} allows no value`);
    if (place.keyword === "oneOf" && alternatives.length > 1) compiler.leaveOpen(place, "oneOf");
    const names = alternatives.map((alternative, index) => {
      const inner = { ...place, path: `${path}/${index}`, depth: place.depth + 1 };
      return compiler.add(
        isUnconstrained(own) ? alternative : { ...own, allOf: [alternative, ...toList(own.allOf)] },
        inner,
      );
    });
    return rules.add("union", [...new Set(names)].join(" | "));
  }

  function addTyped(schema: SchemaObject, place: SchemaPlace): string {
    const types = parseTypes(schema, place.path) ?? inferTypes(schema);
    const names = types.map((type) => addType(type, schema, place));
    for (const keyword of LEFT_OPEN) if (schema[keyword] !== undefined) compiler.leaveOpen(place, keyword);
    const [first] = names;
    return names.length === 1 && first !== undefined
      ? first
      : rules.add("types", [...new Set(names)].join(" | "));
  }

  function addType(type: JsonType, schema: SchemaObject, place: SchemaPlace): string {
    switch (type) {
      case "object":
        return addObjectRule(compiler, schema, place);
      case "array":
        return addArrayRule(compiler, schema, place);
      case "string":
        return addStringRule(compiler, schema, place);
      case "number":
      case "integer":
        return addNumberRule(compiler, { ...schema, type }, place);
      case "boolean":
        return addBoolean(rules);
      case "null":
        return addNull(rules);
    }
  }

  return compiler;
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
