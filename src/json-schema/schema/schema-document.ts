import { isDeepStrictEqual } from "node:util";
import {
  escapePointer,
  isSchemaObject,
  parseSchema,
  type Schema,
  type SchemaObject,
} from "../grammar/schema-types.ts";
import { JsonSchemaError, JsonSchemaLimitError } from "../json-schema-error.ts";
import { checkKeywords } from "./check-keywords.ts";
import type { Dialect } from "./dialect.ts";
import { readDialectSchema } from "./dialect-schemas.ts";
import { SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS, SCHEMA_MAP_KEYWORDS } from "./keywords.ts";
import { BASE_URI } from "./uri-reference.ts";

/** A part of the document with an address of its own: the document itself, or a subschema with `$id`. */
export interface SchemaResource {
  readonly uri: string;
  readonly root: SchemaNode;
  readonly anchors: Map<string, SchemaNode>;
  readonly dynamicAnchors: Map<string, SchemaNode>;
}

/** A schema at its place. The same place is always the same object. */
export interface SchemaNode {
  readonly id: number;
  readonly schema: Schema;
  /** JSON pointer from the document's root, for messages and for naming what is not enforced. */
  readonly path: string;
  readonly resource: SchemaResource;
}

export interface SchemaDocument {
  readonly dialect: Dialect;
  readonly root: SchemaNode;
  /** All resources of the document; a dialect's own schema joins them when a reference first names it. */
  readonly resources: ReadonlyMap<string, SchemaResource>;
  findResource(uri: string): SchemaResource | undefined;
  findNode(schema: SchemaObject): SchemaNode | undefined;
  /** The node of a schema below `parent`; registers it with all that it holds when it is new. */
  nodeOf(schema: Schema, parent: SchemaNode, step: string): SchemaNode;
}

const MAX_DEPTH = 32;
const MAX_NODES = 8_000;
const MAX_PROPERTIES = 2_000;

/** Reads a document: every subschema gets its place, every keyword's value is of the form the dialect asks for. */
export function createSchemaDocument(root: Schema, dialect: Dialect): SchemaDocument {
  const nodes = new Map<SchemaObject, SchemaNode>();
  const resources = new Map<string, SchemaResource>();
  let count = 0;
  let properties = 0;

  function createNode(schema: Schema, path: string, resource: SchemaResource | undefined): SchemaNode {
    if (++count > MAX_NODES)
      throw new JsonSchemaLimitError(`${path} is one schema too many: over ${MAX_NODES}`);
    const uri = isSchemaObject(schema) ? pickUri(schema, resource?.uri ?? BASE_URI, dialect) : undefined;
    const first = uri === undefined ? undefined : resources.get(uri);
    if (first !== undefined) refuseOther(first.root, schema, `${path}/$id`);
    const known = first ?? (uri === undefined ? resource : undefined);
    if (known !== undefined) return { id: count, schema, path, resource: known };
    // The resource and its first node name each other.
    const own = { uri: uri ?? BASE_URI, anchors: new Map(), dynamicAnchors: new Map() };
    const node = { id: count, schema, path, resource: own as unknown as SchemaResource };
    Object.assign(own, { root: node });
    resources.set(own.uri, node.resource);
    return node;
  }

  function register(
    schema: Schema,
    place: { path: string; resource?: SchemaResource; depth: number },
  ): SchemaNode {
    const { path, resource, depth } = place;
    if (depth > MAX_DEPTH)
      throw new JsonSchemaLimitError(`${path} is nested deeper than ${MAX_DEPTH} levels`);
    if (!isSchemaObject(schema)) return createNode(schema, path, resource);
    const known = nodes.get(schema);
    if (known !== undefined) return known;
    checkKeywords(schema, path);
    properties += isSchemaObject(schema.properties) ? Object.keys(schema.properties).length : 0;
    if (properties > MAX_PROPERTIES)
      throw new JsonSchemaLimitError(
        `${path}/properties brings the document over ${MAX_PROPERTIES} properties`,
      );
    const node = createNode(schema, path, resource);
    nodes.set(schema, node);
    noteAnchors(node, schema, dialect);
    for (const [step, inner] of listSubschemas(schema, path)) {
      register(inner, { path: `${path}/${step}`, resource: node.resource, depth: depth + 1 });
    }
    return node;
  }

  const rootNode = register(root, { path: "#", depth: 0 });

  function findResource(uri: string): SchemaResource | undefined {
    const schema = resources.has(uri) ? undefined : readDialectSchema(uri);
    return schema === undefined ? resources.get(uri) : register(schema, { path: uri, depth: 0 }).resource;
  }

  return {
    dialect,
    root: rootNode,
    resources,
    findResource,
    findNode: (schema) => nodes.get(schema),
    nodeOf(schema, parent, step) {
      const known = isSchemaObject(schema) ? nodes.get(schema) : undefined;
      return (
        known ?? register(schema, { path: `${parent.path}/${step}`, resource: parent.resource, depth: 0 })
      );
    },
  };
}

function noteAnchors(
  node: SchemaNode,
  { $anchor, $dynamicAnchor, $id, $ref }: SchemaObject,
  dialect: Dialect,
): void {
  const { anchors, dynamicAnchors } = node.resource;
  const note = (name: string, keyword: string) => {
    const first = anchors.get(name);
    if (first !== undefined) refuseOther(first, node.schema, `${node.path}/${keyword}`);
    anchors.set(name, node);
  };
  if (dialect === "draft-07") {
    if (typeof $id === "string" && $id.startsWith("#") && $ref === undefined) note($id.slice(1), "$id");
    return;
  }
  if (typeof $anchor === "string") note($anchor, "$anchor");
  if (typeof $dynamicAnchor !== "string") return;
  note($dynamicAnchor, "$dynamicAnchor");
  dynamicAnchors.set($dynamicAnchor, node);
}

/** A name stands for one schema; copies of it, as generators write them, are the same one. */
function refuseOther(first: SchemaNode, schema: Schema, place: string): void {
  if (isDeepStrictEqual(first.schema, schema)) return;
  throw new JsonSchemaError(`${place} is already the name of another schema: ${first.path}`);
}

/** The absolute address that `$id` gives a schema; undefined when it has none of its own. */
function pickUri(schema: SchemaObject, base: string, dialect: Dialect): string | undefined {
  const { $id } = schema;
  if (typeof $id !== "string") return undefined;
  // In draft-07 a reference's siblings say nothing, and `#name` is an anchor.
  if (dialect === "draft-07" && (schema.$ref !== undefined || $id.startsWith("#"))) return undefined;
  return URL.parse($id, base)?.href.replace(/#$/, "");
}

function* listSubschemas(schema: SchemaObject, path: string): Generator<[string, Schema]> {
  const isSchema = (value: unknown): value is Schema => isSchemaObject(value) || typeof value === "boolean";
  for (const keyword of [...SCHEMA_KEYWORDS, "items"] as const) {
    const value = schema[keyword];
    if (isSchema(value)) yield [keyword, value];
  }
  for (const keyword of [...SCHEMA_LIST_KEYWORDS, "items"] as const) {
    const list = schema[keyword];
    if (!Array.isArray(list)) continue;
    for (const [index, value] of list.entries()) {
      const step = `${keyword}/${index}`;
      yield [step, parseSchema(value, `${path}/${step}`)];
    }
  }
  for (const keyword of [...SCHEMA_MAP_KEYWORDS, "dependencies"] as const) {
    const map = schema[keyword];
    if (!isSchemaObject(map)) continue;
    for (const [name, value] of Object.entries(map)) {
      if (!name.isWellFormed())
        throw new JsonSchemaError(`${path}/${keyword} has a name that is no valid Unicode`);
      if (keyword === "dependencies" && Array.isArray(value)) continue;
      const step = `${keyword}/${escapePointer(name)}`;
      yield [step, parseSchema(value, `${path}/${step}`)];
    }
  }
}
