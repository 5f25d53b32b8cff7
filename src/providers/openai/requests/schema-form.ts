import type { RequestRule } from "./request-rule.ts";

/** The names under which servers take a JSON schema. */
export const SCHEMA_FORMS = [
  /** OpenAI's own form; vLLM, llama-server and Ollama know it too. */
  "response_format",
  /** vLLM before 0.12. */
  "guided_json",
  /** vLLM since 0.11. */
  "structured_outputs",
  /** llama-server's own field. */
  "json_schema",
  /** Ollama's own interface. */
  "format",
  /** For servers that know JSON but no schemas: the answer is checked behind them. */
  "json_object",
] as const;
export type SchemaForm = (typeof SCHEMA_FORMS)[number];

/** Passes a `json_schema` response format in the asked form; other formats stay as they are. */
export function createSchemaRule(form: SchemaForm): RequestRule {
  return (request) => {
    const { response_format: format } = request;
    if (form === "response_format" || format?.type !== "json_schema") return request;
    const { schema } = format.json_schema;
    // Without a schema the format asks for any JSON object, which all of them take under its own name.
    if (form === "json_object" || !schema) return { ...request, response_format: { type: "json_object" } };
    return { ...request, response_format: undefined, ...nameSchema(form, schema) };
  };
}

function nameSchema(form: Exclude<SchemaForm, "response_format" | "json_object">, schema: object): object {
  switch (form) {
    case "guided_json":
      return { guided_json: schema };
    case "structured_outputs":
      return { structured_outputs: { json: schema } };
    case "json_schema":
      return { json_schema: schema };
    case "format":
      return { format: schema };
    default:
      return form satisfies never;
  }
}
