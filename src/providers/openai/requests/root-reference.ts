import { moveReferences } from "./moved-references.ts";
import type { RequestRule } from "./request-rule.ts";

const PLACE = "#/$defs/root";

/** A schema that refers to itself as a whole, for a server that only follows references to a part. */
export const nameRootReference: RequestRule = (request) => {
  const { response_format: format } = request;
  if (format?.type !== "json_schema" || !hasRootReference(format.json_schema.schema)) return request;
  const schema = { $ref: PLACE, $defs: { root: moveReferences(format.json_schema.schema, PLACE) } };
  return { ...request, response_format: { ...format, json_schema: { ...format.json_schema, schema } } };
};

function hasRootReference(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return Object.entries(schema).some(
    ([key, member]) => (key === "$ref" && member === "#") || hasRootReference(member),
  );
}
