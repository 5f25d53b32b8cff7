import { JsonSchemaError } from "../json-schema-error.ts";
import { isSchemaObject, parseSchema, type Schema } from "./schema-types.ts";

/** The schema a `$ref` names. Only the same document: `#` and JSON pointers such as `#/$defs/item`. */
export function resolveReference(root: Schema, reference: unknown, path: string): Schema {
  if (typeof reference !== "string" || !(reference === "#" || reference.startsWith("#/"))) {
    throw new JsonSchemaError(`${path}/$ref must be "#" or a JSON pointer within the schema`);
  }
  let target: unknown = root;
  for (const part of reference.split("/").slice(1)) {
    const key = decodePart(part, path);
    if (Array.isArray(target)) target = target[Number(key)];
    else if (isSchemaObject(target) && Object.hasOwn(target, key)) target = target[key];
    else target = undefined;
  }
  if (target === undefined)
    throw new JsonSchemaError(`${path}/$ref points at nothing: ${reference.slice(0, 80)}`);
  return parseSchema(target, reference.slice(0, 80));
}

function decodePart(part: string, path: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    throw new JsonSchemaError(`${path}/$ref is not a valid JSON pointer`);
  }
}
