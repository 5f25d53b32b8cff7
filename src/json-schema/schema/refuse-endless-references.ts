import { escapePointer, isSchemaObject, type Schema, type SchemaObject } from "../grammar/schema-types.ts";
import { JsonSchemaError } from "../json-schema-error.ts";
import { resolveReference } from "./resolve-reference.ts";
import type { SchemaDocument, SchemaNode } from "./schema-document.ts";

const VALUE_KEYWORDS = ["not", "if"] as const;
const LIST_KEYWORDS = ["allOf", "anyOf", "oneOf"] as const;
const BELOW_KEYWORDS = [
  ...["additionalProperties", "propertyNames", "unevaluatedProperties"],
  ...["items", "additionalItems", "contains", "unevaluatedItems"],
] as const;

/**
 * Throws JsonSchemaError when some schema that the root leads to asks for itself on the same value: checking a value
 * against it would never end.
 */
export function refuseEndlessReferences(document: SchemaDocument): void {
  const seen = new Set<SchemaNode>();
  const open = new Set<SchemaNode>();
  const waiting: SchemaNode[] = [document.root];

  function enter(node: SchemaNode): void {
    if (open.has(node)) throw new JsonSchemaError(`${node.path} refers to itself without end`);
    if (seen.has(node) || !isSchemaObject(node.schema)) return;
    seen.add(node);
    open.add(node);
    for (const inner of listSameValue(document, node, node.schema)) enter(inner);
    open.delete(node);
    waiting.push(...listBelow(document, node, node.schema));
  }

  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) enter(node);
}

/** The schemas that are applied to the value that this one is applied to. */
function listSameValue(document: SchemaDocument, node: SchemaNode, schema: SchemaObject): SchemaNode[] {
  const nodes: SchemaNode[] = [];
  for (const keyword of ["$ref", "$dynamicRef"] as const) {
    const reference = schema[keyword];
    if (typeof reference !== "string" || (keyword === "$dynamicRef" && document.dialect === "draft-07"))
      continue;
    nodes.push(resolveReference(document, node, reference));
  }
  if (document.dialect === "draft-07" && schema.$ref !== undefined) return nodes;
  const add = (inner: unknown, step: string) => {
    if (isSchema(inner)) nodes.push(document.nodeOf(inner, node, step));
  };
  for (const keyword of VALUE_KEYWORDS) add(schema[keyword], keyword);
  if (schema.if !== undefined) for (const keyword of ["then", "else"]) add(schema[keyword], keyword);
  for (const keyword of LIST_KEYWORDS) {
    const list = schema[keyword];
    for (const [index, inner] of Array.isArray(list) ? list.entries() : []) add(inner, `${keyword}/${index}`);
  }
  const dependencies = document.dialect === "draft-07" ? "dependencies" : "dependentSchemas";
  addMap(schema[dependencies], (inner, name) => add(inner, `${dependencies}/${escapePointer(name)}`));
  return nodes;
}

/** The schemas that are applied to parts of the value. */
function listBelow(document: SchemaDocument, node: SchemaNode, schema: SchemaObject): SchemaNode[] {
  const nodes: SchemaNode[] = [];
  const add = (inner: unknown, step: string) => {
    if (isSchema(inner)) nodes.push(document.nodeOf(inner, node, step));
  };
  if (document.dialect === "draft-07" && schema.$ref !== undefined) return nodes;
  for (const keyword of BELOW_KEYWORDS) add(schema[keyword], keyword);
  for (const keyword of ["prefixItems", "items"]) {
    const list = schema[keyword];
    for (const [index, inner] of Array.isArray(list) ? list.entries() : []) add(inner, `${keyword}/${index}`);
  }
  for (const keyword of ["properties", "patternProperties"]) {
    addMap(schema[keyword], (inner, name) => add(inner, `${keyword}/${escapePointer(name)}`));
  }
  return nodes;
}

function addMap(map: unknown, add: (inner: unknown, name: string) => void): void {
  for (const [name, inner] of Object.entries(isSchemaObject(map) ? map : {})) add(inner, name);
}

function isSchema(value: unknown): value is Schema {
  return isSchemaObject(value) || typeof value === "boolean";
}
