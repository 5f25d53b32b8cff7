import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  cosineSimilarity,
  embed,
  embedMany,
  generateObject,
  generateText,
  isStepCount,
  streamObject,
  streamText,
  tool,
} from "ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { UPSTREAM_OBJECT, UPSTREAM_TEXT } from "./support/play-clients.ts";
import {
  type ClientGateway,
  EMBEDDING_MODEL,
  MODELS,
  startClientGateway,
} from "./support/start-client-gateway.ts";

const garment = z.object({
  colour: z.enum(["red", "blue"]),
  count: z.number().int().min(1).max(9),
  warm: z.boolean(),
});

let served: ClientGateway;

beforeAll(async () => {
  served = await startClientGateway();
});
afterAll(() => served.close());

/** The three ways in which the SDK speaks to such a server. */
const ways = {
  "@ai-sdk/openai chat": (model: string) =>
    createOpenAI({ baseURL: served.baseURL, apiKey: "sk-any" }).chat(model),
  "@ai-sdk/openai responses": (model: string) =>
    createOpenAI({ baseURL: served.baseURL, apiKey: "sk-any" }).responses(model),
  "@ai-sdk/openai-compatible": (model: string) =>
    createOpenAICompatible({
      name: "tailor",
      baseURL: served.baseURL,
      apiKey: "sk-any",
      supportsStructuredOutputs: true,
    })(model),
};

const cases = MODELS.flatMap((name) => Object.entries(ways).map(([way, create]) => ({ name, way, create })));

describe.each(cases)("$way against $name", ({ name, create }) => {
  const isUpstream = name === "upstream-model";
  const prompt = "Say something.";

  test("generates text", async () => {
    const { text, usage } = await generateText({
      model: create(name),
      prompt,
      maxOutputTokens: 16,
      maxRetries: 0,
    });
    if (isUpstream) expect(text).toBe(UPSTREAM_TEXT);
    expect(usage.totalTokens).toBeGreaterThan(0);
  });

  test("streams text", async () => {
    const result = streamText({ model: create(name), prompt, maxOutputTokens: 16, maxRetries: 0 });
    let text = "";
    for await (const part of result.textStream) text += part;
    if (isUpstream) expect(text).toBe(UPSTREAM_TEXT);
    expect(["stop", "length"]).toContain(await result.finishReason);
  });

  test("generates an object by a schema", async () => {
    const { object } = await generateObject({ model: create(name), schema: garment, prompt, maxRetries: 0 });
    expect(garment.parse(object)).toEqual(object);
    if (isUpstream) expect(object).toEqual(UPSTREAM_OBJECT);
  });

  test("streams an object by a schema", async () => {
    const result = streamObject({ model: create(name), schema: garment, prompt, maxRetries: 0 });
    let parts = 0;
    for await (const _partial of result.partialObjectStream) parts += 1;
    expect(parts).toBeGreaterThan(0);
    expect(garment.safeParse(await result.object).success).toBe(true);
  });

  test("calls tools and goes on with their results", async () => {
    const asked: string[] = [];
    const getWeather = tool({
      description: "The weather in a city",
      inputSchema: z.object({ city: z.enum(["Paris", "Rome"]) }),
      execute: async ({ city }) => {
        asked.push(city);
        return `Sunny in ${city}.`;
      },
    });
    const { steps } = await generateText({
      model: create(name),
      prompt: "How is the weather?",
      tools: { getWeather },
      toolChoice: "required",
      stopWhen: isStepCount(2),
      // Enough for the eight calls that a model of random weights may make: a cut one is none.
      maxOutputTokens: 700,
      maxRetries: 0,
    });
    expect(["Paris", "Rome"]).toContain(asked[0]);
    expect(steps[0]?.toolResults[0]?.output).toBe(`Sunny in ${asked[0]}.`);
  });
});

test("embeddings of a local model come alone and in batches", async () => {
  const model = createOpenAI({ baseURL: served.baseURL, apiKey: "sk-any" }).textEmbeddingModel(
    EMBEDDING_MODEL,
  );
  const values = ["hello world", "the red dress", "hello world"];
  const { embeddings, usage } = await embedMany({ model, values, maxRetries: 0 });
  const { embedding } = await embed({ model, value: "hello world", maxRetries: 0 });
  expect(embeddings[2]).toEqual(embedding);
  expect(cosineSimilarity(embeddings[0] ?? [], embedding)).toBeCloseTo(1, 6);
  expect(cosineSimilarity(embeddings[1] ?? [], embedding)).toBeLessThan(0.99);
  expect(usage.tokens).toBe(13);
});

test("an error is the SDK's own, with status and retry advice", async () => {
  const model = ways["@ai-sdk/openai chat"]("nothing-like-it");
  await expect(generateText({ model, prompt: "x", maxRetries: 0 })).rejects.toMatchObject({
    name: "AI_APICallError",
    statusCode: 404,
    isRetryable: false,
  });
});
