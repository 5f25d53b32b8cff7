import { isSchemaObject } from "../grammar/schema-types.ts";
import { JsonSchemaError } from "../json-schema-error.ts";
import type { SchemaDocument, SchemaNode, SchemaResource } from "./schema-document.ts";

/** The schema that `reference` at `from` names: within the document, or in one of the dialects' own schemas. */
export function resolveReference(document: SchemaDocument, from: SchemaNode, reference: string): SchemaNode {
  const isStatic = isSchemaObject(from.schema) && from.schema.$ref === reference;
  const place = `${from.path}/${isStatic ? "$ref" : "$dynamicRef"}`;
  const uri = URL.parse(reference, from.resource.uri);
  if (uri === null) throw new JsonSchemaError(`${place} is not a URI reference`);
  const fragment = decodeFragment(uri.hash.slice(1), place);
  uri.hash = "";
  const resource = document.findResource(uri.href.replace(/#$/, ""));
  if (resource === undefined)
    throw new JsonSchemaError(`${place} points at another document: ${reference.slice(0, 80)}`);
  if (fragment !== "" && !fragment.startsWith("/")) return findAnchor(resource, fragment, place);
  return followPointer(document, resource.root, { pointer: fragment, place });
}

function findAnchor(resource: SchemaResource, name: string, place: string): SchemaNode {
  const node = resource.anchors.get(name);
  if (node === undefined)
    throw new JsonSchemaError(`${place} names an anchor that is not there: ${name.slice(0, 80)}`);
  return node;
}

function followPointer(
  document: SchemaDocument,
  root: SchemaNode,
  { pointer, place }: { readonly pointer: string; readonly place: string },
): SchemaNode {
  let value: unknown = root.schema;
  // The innermost schema on the way: what lies below it belongs to its resource.
  let holder = root;
  let below: string[] = [];
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isSchemaObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    below.push(part);
    if (value === undefined) throw new JsonSchemaError(`${place} points at nothing: ${pointer.slice(0, 80)}`);
    const known = isSchemaObject(value) ? document.findNode(value) : undefined;
    if (known === undefined) continue;
    holder = known;
    below = [];
  }
  if (below.length === 0) return holder;
  if (isSchemaObject(value) || typeof value === "boolean")
    return document.nodeOf(value, holder, below.join("/"));
  throw new JsonSchemaError(`${place} points at something that is no schema: ${pointer.slice(0, 80)}`);
}

function decodeFragment(fragment: string, place: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    throw new JsonSchemaError(`${place} is not a valid JSON pointer`);
  }
}
