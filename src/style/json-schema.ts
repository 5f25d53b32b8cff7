import { z } from "zod";
import { planSchema } from "./plan.ts";

/**
 * The plan as JSON Schema, for `response_format: { type: "json_schema", json_schema: { strict: true, schema } }`:
 * all properties required, none added, in the order in which the model writes them.
 */
export function createPlanJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(planSchema, { target: "draft-2020-12", io: "output" });
}
