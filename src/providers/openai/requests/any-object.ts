import type { RequestRule } from "./request-rule.ts";

/** A `json_schema` format without a schema asks for any JSON object, which is known by an older name. */
export const nameAnyObject: RequestRule = (request) => {
  const { response_format: format } = request;
  if (format?.type !== "json_schema" || format.json_schema.schema) return request;
  return { ...request, response_format: { type: "json_object" } };
};

/** For a server that takes `json_object` for no more than a wish unless a schema stands beside it. */
export const spellOutAnyObject: RequestRule = (request) =>
  request.response_format?.type === "json_object" && request.response_format.schema === undefined
    ? { ...request, response_format: { type: "json_object", schema: { type: "object" } } }
    : request;
