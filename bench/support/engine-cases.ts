import { readFileSync } from "node:fs";
import { createJsonSchemaGrammar } from "../../src/json-schema/json-schema-grammar.ts";
import type { DecodingConstraint } from "../../src/providers/decoding-constraint.ts";
import { createStylistConstraint } from "../../src/style/constraint/stylist-constraint.ts";
import { formSchema, profileSchema } from "../../src/style/form.ts";
import { createPlanJsonSchema } from "../../src/style/json-schema.ts";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import { parseBrief } from "../../src/style/parse-brief.ts";
import { buildPromptMessages } from "../../src/style/prompt.ts";
import type { ChatAsk } from "./chat-peer.ts";

export interface EngineCases {
  /** The trained prompt of a held-out brief, without a schema. */
  free(index: number): ChatAsk;
  /** The same under the backend's outfit-plan schema. */
  plan(index: number): ChatAsk;
  /** The same under the stylist's own constraint. */
  tightened(index: number): DecodingConstraint;
}

const MAX_PLAN_TOKENS = 600;

/**
 * Random weights never end a text: their plans get the lengths of real ones from the schema, and both engines the very
 * same grammar, so that both write the same kind of text.
 */
const LENGTHS: Readonly<Record<string, object>> = {
  looks: { maxLength: 50 },
  description: { maxLength: 140 },
  query: { maxLength: 30 },
  key: { maxLength: 10 },
  brand: { maxLength: 12 },
};

export function createEngineCases(options: { readonly isRandom: boolean }): EngineCases {
  const lexicon = loadLexicon("data/style");
  const lines = readFileSync("test/fixtures/heldout/briefs.jsonl", "utf8").trim().split("\n");
  const schema = options.isRandom ? boundLengths(createPlanJsonSchema()) : createPlanJsonSchema();
  const grammar = options.isRandom ? { grammar: createJsonSchemaGrammar(schema).grammar } : {};
  const readBrief = (index: number) => {
    const line = JSON.parse(lines[index % lines.length] ?? "") as { form: unknown; profile?: unknown };
    const form = formSchema.parse(line.form);
    return parseBrief({ form, profile: profileSchema.parse(line.profile ?? {}) }, lexicon);
  };
  const free = (index: number): ChatAsk => ({
    messages: buildPromptMessages(readBrief(index), lexicon.prompt),
    max_tokens: 128,
  });
  return {
    free,
    plan: (index) => ({
      ...free(index),
      ...grammar,
      max_tokens: MAX_PLAN_TOKENS,
      response_format: { type: "json_schema", json_schema: { name: "plan", strict: true, schema } },
    }),
    tightened(index) {
      const constraint = createStylistConstraint({ brief: readBrief(index), lexicon });
      if (constraint === null) throw new Error("a held-out brief leaves no outfit");
      return constraint;
    },
  };
}

/** The schema with the lengths above, one outfit, and prices of two digits. */
function boundLengths(schema: unknown): Record<string, unknown> {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (key in LENGTHS && isObject(value)) return { ...value, ...LENGTHS[key] };
    if ((key === "min" || key === "max") && isObject(value)) return { type: "string", pattern: "^[0-9]{2}$" };
    if (key === "maxItems") return value === 5 ? 1 : 4;
    return value;
  });
  return JSON.parse(text) as Record<string, unknown>;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
