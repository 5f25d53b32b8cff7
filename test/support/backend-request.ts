import type OpenAI from "openai";

/** A small picture as the backend sends it: inline. */
const PICTURE = `data:image/png;base64,${Buffer.from("a picture of nobody").toString("base64")}`;

const PLAN_FORM =
  "{ outfits: [{ looks, description, items: [{ query, key, type, min, max, brand }] }] }, prices inside the budget";

/** The stylist backend's own request: a system text, then one user message of a text part and an image part. */
export function createBackendRequest(
  text: string = createBackendText(),
): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model: "gpt-4o-mini",
    temperature: 0.7,
    response_format: { type: "json_object" },
    messages: [
      { role: "system", content: `You are a stylist. Respond with JSON of the form ${PLAN_FORM}.` },
      {
        role: "user",
        content: [
          { type: "text", text },
          { type: "image_url", image_url: { url: PICTURE } },
        ],
      },
    ],
  };
}

function createBackendText(fields: { occasion?: string; brands?: string; budget?: string } = {}): string {
  const { occasion = "a summer garden wedding", brands = "Zara, Mango", budget = "$200-300" } = fields;
  return [
    `The user is preparing for: ${occasion}.`,
    `Preferred brands: ${brands}.`,
    `Budget (currency or range as entered): ${budget}.`,
    "Extra guidance: nothing too tight.",
    "Profile: gender: female, age: 29, height_cm: 170, weight_kg: 60, locale: en-US, preferred_units: metric.",
    "Please propose one to five outfits with 3 to 6 items each; every item is a product search query.",
  ].join("\n");
}

/** The strict schema the backend plans to send; prices as texts or numbers. */
export function createPlanFormat(price: "string" | "number") {
  const item = {
    query: { type: "string" },
    key: { type: "string" },
    type: { type: "string" },
    min: { type: price },
    max: { type: price },
    brand: { type: "string" },
  };
  const strict = (properties: Record<string, unknown>) => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const outfit = {
    looks: { type: "string" },
    description: { type: "string" },
    items: { type: "array", items: strict(item) },
  };
  return {
    type: "json_schema" as const,
    json_schema: {
      name: "outfits",
      strict: true,
      schema: strict({ outfits: { type: "array", items: strict(outfit) } }),
    },
  };
}
