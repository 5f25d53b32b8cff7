import { z } from "zod";
import { planSchema } from "./plan.ts";
import { sampleSchema } from "./sample.ts";

type JsonSchema = Record<string, unknown>;

/**
 * The plan as JSON Schema, for `response_format: { type: "json_schema", json_schema: { strict: true, schema } }`:
 * all properties required, none added, in the order in which the model writes them.
 */
export function createPlanJsonSchema(): JsonSchema {
  return z.toJSONSchema(planSchema, { target: "draft-2020-12", io: "output" });
}

/** A data set line as JSON Schema, written to `data/style-dataset/schema.json`. */
export function createSampleJsonSchema(): JsonSchema {
  return {
    ...z.toJSONSchema(sampleSchema, { target: "draft-2020-12", io: "input" }),
    title: "Tailor style sample",
  };
}
