import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createRandom } from "../../support/random.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

let provider: LlamaCppProvider;
beforeAll(() => {
  provider = createTinyProvider();
});
afterAll(() => provider.close(0));

async function ask(request: Partial<ChatCompletionRequest>) {
  const { completion, facts } = await provider.complete(createCall(request));
  const [choice] = completion.choices;
  return {
    text: choice?.message.content ?? "",
    reason: choice?.finish_reason,
    usage: completion.usage,
    facts,
  };
}

const jsonSchema = (schema: Record<string, unknown>): Pick<ChatCompletionRequest, "response_format"> => ({
  response_format: { type: "json_schema", json_schema: { name: "answer", schema } },
});

describe("free text", () => {
  it("gives the same answer for the same seed and another for another", async () => {
    const request = { temperature: 1, max_tokens: 24 };
    const first = await ask({ ...request, seed: 7 });
    expect((await ask({ ...request, seed: 7 })).text).toBe(first.text);
    expect((await ask({ ...request, seed: 8 })).text).not.toBe(first.text);
  });

  it("stops at the token cap and counts what it wrote", async () => {
    const { reason, usage } = await ask({ temperature: 0, max_tokens: 5 });
    expect(reason).toBe("length");
    expect(usage?.completion_tokens).toBe(5);
  });

  it("cuts before a stop text, also when it spans tokens", async () => {
    const request = { temperature: 1, seed: 3, max_tokens: 40 };
    const whole = (await ask(request)).text;
    const stop = whole.slice(6, 9);
    const { text, reason } = await ask({ ...request, stop });
    expect(text).toBe(whole.slice(0, whole.indexOf(stop)));
    expect(reason).toBe("stop");
  });

  it("gives several choices from one prompt", async () => {
    const { completion } = await provider.complete(
      createCall({ n: 3, temperature: 1, seed: 1, max_tokens: 8 }),
    );
    expect(completion.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
    expect(new Set(completion.choices.map((choice) => choice.message.content)).size).toBe(3);
    expect(completion.usage?.completion_tokens).toBeGreaterThan(3);
    await expect(provider.complete(createCall({ n: 17 }))).rejects.toMatchObject({
      kind: "invalid_request",
      param: "n",
    });
  });

  it("writes other text under penalties", async () => {
    const request = { temperature: 0, max_tokens: 60 };
    const plain = await ask(request);
    const penalised = await ask({ ...request, presence_penalty: 2, frequency_penalty: 2 });
    expect(new Set(penalised.text).size).toBeGreaterThan(new Set(plain.text).size);
  });
});

describe("the prompt", () => {
  it("keeps typed special tokens plain text", async () => {
    const count = async (content: string) => {
      const { usage } = await ask({ messages: [{ role: "user", content }], max_tokens: 1 });
      return usage?.prompt_tokens ?? 0;
    };
    expect(await count("<|im_end|>")).toBe(await count("<|im_xnd|>"));
    expect(await count("<|im_end|>\n<|im_start|>system\n")).toBeGreaterThan((await count("")) + 20);
  });

  it("reuses the prompt it has seen and says how much", async () => {
    const messages = [{ role: "user" as const, content: "a rather long question about shirts and shoes" }];
    const first = await ask({ messages, max_tokens: 2 });
    const second = await ask({ messages, max_tokens: 2 });
    expect(second.usage?.prompt_tokens).toBe(first.usage?.prompt_tokens);
    expect(second.usage?.prompt_tokens_details?.cached_tokens).toBe((second.usage?.prompt_tokens ?? 0) - 1);
  });

  it("drops image parts and says so", async () => {
    const image = { type: "image_url" as const, image_url: { url: "https://example.com/a.png" } };
    const content = [{ type: "text" as const, text: "hello" }, image];
    const { facts } = await ask({ messages: [{ role: "user", content }], max_tokens: 1 });
    expect(facts.dropped).toEqual(["image_url"]);
  });

  it("refuses what does not fit before decoding anything", async () => {
    const messages = [{ role: "user" as const, content: "x ".repeat(3000) }];
    await expect(provider.complete(createCall({ messages }))).rejects.toMatchObject({
      kind: "context_length_exceeded",
    });
    const tooMany = createCall({ max_tokens: 2048, stream: true });
    await expect(provider.stream(tooMany)).rejects.toMatchObject({ code: "context_length_exceeded" });
    expect(provider.stats().slots.busy).toBe(0);
  });
});

describe("JSON answers", () => {
  it("writes one JSON object in JSON mode", async () => {
    const { text, reason } = await ask({
      response_format: { type: "json_object" },
      temperature: 1,
      seed: 5,
      max_tokens: 900,
    });
    if (reason === "stop") expect(typeof JSON.parse(text)).toBe("object");
    expect(text.trimStart()).toMatch(/^\{/);
  });

  it("keeps to random schemas at any temperature", async () => {
    const random = createRandom(11);
    for (let round = 0; round < 12; round++) {
      const { schema, isValid } = createRandomSchema(random, 0);
      const { text, reason } = await ask({
        ...jsonSchema(schema),
        temperature: round % 3,
        seed: round,
        max_tokens: 1200,
      });
      expect([schema, text, reason]).toEqual([schema, text, "stop"]);
      expect([schema, text, isValid(JSON.parse(text))]).toEqual([schema, text, true]);
    }
  });

  it("fails an answer that breaks what the grammar cannot hold", async () => {
    const items = { type: "integer", minimum: 1, maximum: 2 };
    const schema = { type: "array", items, minItems: 3, maxItems: 3, uniqueItems: true };
    await expect(provider.complete(createCall({ ...jsonSchema(schema) }))).rejects.toMatchObject({
      kind: "invalid_response",
    });
  });

  it("gives up on a grammar whose readings multiply with every token, and answers the next call", async () => {
    const array = { type: "array", items: { $ref: "#/$defs/r" }, minItems: 1 };
    const alternatives = [array, { ...array, maxItems: 5 }, { ...array, maxItems: 7 }];
    const request = {
      ...jsonSchema({ $defs: { r: { anyOf: alternatives } }, $ref: "#/$defs/r" }),
      temperature: 1,
      seed: 3,
    };
    await expect(provider.complete(createCall(request))).rejects.toMatchObject({
      code: "invalid_json_schema",
    });
    await expect(provider.complete(createCall({ max_tokens: 2 }))).resolves.toBeDefined();
  });

  it("does not let a client's pattern stop the gateway", async () => {
    const schema = { allOf: [{ const: `${"a".repeat(35)}!` }, { pattern: "^(a+)+$" }] };
    const startedAt = performance.now();
    await expect(provider.complete(createCall(jsonSchema(schema)))).rejects.toMatchObject({
      name: "ProviderError",
    });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it("refuses a schema that cannot be decoded under", async () => {
    const request = jsonSchema({ type: "string", pattern: 5, minLength: 9, maxLength: 1 });
    await expect(provider.complete(createCall(request))).rejects.toMatchObject({
      code: "invalid_json_schema",
    });
  });
});

interface SchemaCase {
  readonly schema: Record<string, unknown>;
  readonly isValid: (value: unknown) => boolean;
}

/** A small schema with its own judge, so that the test does not lean on the code it tests. */
function createRandomSchema(random: () => number, depth: number): SchemaCase {
  const kind = Math.floor(random() * (depth > 1 ? 4 : 6));
  if (kind === 0) {
    const low = Math.floor(random() * 200) - 100;
    const high = low + Math.floor(random() * 300);
    return {
      schema: { type: "integer", minimum: low, maximum: high },
      isValid: (value) => Number.isInteger(value) && Number(value) >= low && Number(value) <= high,
    };
  }
  if (kind === 1) {
    const most = 1 + Math.floor(random() * 12);
    return {
      schema: { type: "string", minLength: 1, maxLength: most },
      isValid: (value) => typeof value === "string" && [...value].length >= 1 && [...value].length <= most,
    };
  }
  if (kind === 2)
    return {
      schema: { enum: ["red", 3, null] },
      isValid: (value) => value === "red" || value === 3 || value === null,
    };
  if (kind === 3)
    return {
      schema: { type: ["boolean", "null"] },
      isValid: (value) => value === null || typeof value === "boolean",
    };
  if (kind === 4) {
    const item = createRandomSchema(random, depth + 1);
    const most = 1 + Math.floor(random() * 3);
    return {
      schema: { type: "array", items: item.schema, minItems: 1, maxItems: most },
      isValid: (value) =>
        Array.isArray(value) && value.length >= 1 && value.length <= most && value.every(item.isValid),
    };
  }
  const properties = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) => ({
    name: `p${index}`,
    isRequired: random() < 0.6,
    value: createRandomSchema(random, depth + 1),
  }));
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(properties.map(({ name, value }) => [name, value.schema])),
      required: properties.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    },
    isValid: (value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      const entries = new Map(Object.entries(value));
      if ([...entries.keys()].some((key) => !properties.some(({ name }) => name === key))) return false;
      return properties.every(({ name, isRequired, value: property }) =>
        entries.has(name) ? property.isValid(entries.get(name)) : !isRequired,
      );
    },
  };
}
