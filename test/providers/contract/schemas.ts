import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { createAsk } from "./ask.ts";
import { joinText } from "./chunks.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";

const closed = (properties: Readonly<Record<string, unknown>>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const piece = closed({
  colour: { enum: ["red", "blue"] },
  count: { type: "integer", minimum: 1, maximum: 9 },
});

/** As deep and as bounded as the schemas of structured outputs usually are. */
const order = {
  ...closed({
    kind: { const: "order" },
    size: { type: "string", enum: ["s", "m", "l"] },
    pieces: { type: "array", items: { $ref: "#/$defs/piece" }, minItems: 2, maxItems: 3 },
    first: { $ref: "#/$defs/piece" },
    note: { anyOf: [{ type: "string", enum: ["late", "early"] }, { type: "null" }] },
    gift: { type: "boolean" },
  }),
  $defs: { piece },
};
const chain = closed({ link: { enum: ["a", "b"] }, next: { anyOf: [{ $ref: "#" }, { type: "null" }] } });

export function describeSchemas(call: MakeCall, harness: () => ProviderHarness): void {
  const { complete, stream } = createAsk(call, harness);

  it("answers inside a JSON schema, at once and streamed", async () => {
    const request = { response_format: createFormat(piece), max_tokens: 60 };
    const { choices } = await complete(request);
    expect(choices[0]?.finish_reason).toBe("stop");
    expectMatch(choices[0]?.message.content, piece);
    expectMatch(joinText(await stream(request)), piece);
  });

  it("answers inside a schema of references, enumerations, lists and nulls, in the schema's order", async () => {
    const request = { response_format: createFormat(order), max_tokens: 200 };
    const { choices } = await complete(request);
    expect(choices[0]?.finish_reason).toBe("stop");
    const value = expectMatch(choices[0]?.message.content, order);
    expect(Object.keys(value)).toEqual(Object.keys(order.properties));
    expectMatch(joinText(await stream(request)), order);
  });

  it("answers inside a schema that refers to itself, as far as the tokens go", async () => {
    const { choices } = await complete({ response_format: createFormat(chain), max_tokens: 80 });
    const text = choices[0]?.message.content ?? "";
    if (choices[0]?.finish_reason === "stop") expectMatch(text, chain);
    else expect(text).toMatch(/^\s*\{\s*"link"\s*:\s*"[ab]"\s*,\s*"next"\s*:\s*(\{|n)/);
  });

  it("answers with an object where any will do, whatever the model would rather say", async () => {
    // The bias is on a token that begins no object; without a schema to hold to, the answer would be nothing else.
    const bias = { logit_bias: { 40: 100 }, max_tokens: 24 };
    const free = (await complete(bias)).choices[0]?.message.content ?? "";
    expect(free).toMatch(/^[^\s{]/);
    for (const response_format of [
      { type: "json_object" as const },
      { type: "json_schema" as const, json_schema: { name: "any" } },
    ]) {
      const { choices } = await complete({ ...bias, response_format });
      expect(choices[0]?.message.content).toMatch(/^\s*\{/);
    }
  });
}

function createFormat(schema: Record<string, unknown>) {
  return { type: "json_schema" as const, json_schema: { name: "wish", strict: true, schema } };
}

/** The text's value, once it has proved valid. */
export function expectMatch(text: string | null | undefined, schema: object): object {
  const value = JSON.parse(text ?? "");
  const isValid = new Ajv2020({ strict: false }).compile(schema);
  isValid(value);
  expect(isValid.errors).toBeNull();
  return value;
}
