import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAI as LegacyOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { UPSTREAM_OBJECT, UPSTREAM_TEXT, VECTOR } from "./support/play-clients.ts";
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
const getWeather = tool(({ city }) => `Sunny in ${city}.`, {
  name: "get_weather",
  description: "The weather in a city",
  schema: z.object({ city: z.enum(["Paris", "Rome"]) }),
});

let served: ClientGateway;

beforeAll(async () => {
  served = await startClientGateway();
});
afterAll(() => served.close());

describe.each(MODELS)("LangChain against %s", (model) => {
  const isUpstream = model === "upstream-model";
  const createChat = (fields: object = {}) =>
    new ChatOpenAI({
      model,
      apiKey: "sk-any",
      maxRetries: 0,
      configuration: { baseURL: served.baseURL },
      ...fields,
    });

  test("invokes", async () => {
    const message = await createChat({ maxTokens: 16 }).invoke("Say something.");
    expect(message.content).toBeTypeOf("string");
    if (isUpstream) expect(message.content).toBe(UPSTREAM_TEXT);
    expect(message.usage_metadata?.total_tokens).toBeGreaterThan(0);
  });

  test("streams", async () => {
    let text = "";
    for await (const chunk of await createChat({ maxTokens: 16 }).stream("Say something."))
      text += chunk.content;
    if (isUpstream) expect(text).toBe(UPSTREAM_TEXT);
  });

  test.each(["jsonSchema", "functionCalling"] as const)("answers in structure by %s", async (method) => {
    const structured = createChat().withStructuredOutput(garment, { name: "garment", method });
    if (isUpstream && method === "functionCalling") {
      // The scripted upstream calls with its own arguments: what arrives is the schema's business.
      await expect(structured.invoke("A garment.")).rejects.toThrow();
      return;
    }
    const object = await structured.invoke("A garment.");
    expect(garment.parse(object)).toEqual(object);
    if (isUpstream) expect(object).toEqual(UPSTREAM_OBJECT);
  });

  test("binds tools and takes their results", async () => {
    const bound = createChat().bindTools([getWeather], { tool_choice: "required" });
    const asked = await bound.invoke("How is the weather?");
    const [call] = asked.tool_calls ?? [];
    if (call === undefined) throw new Error("no tool was called");
    expect(["Paris", "Rome"]).toContain(call.args.city);
    const result = await getWeather.invoke({ ...call, type: "tool_call" });
    expect(result).toBeInstanceOf(ToolMessage);
    const answer = await createChat({ maxTokens: 16 }).invoke([
      new HumanMessage("How is the weather?"),
      new AIMessage({ content: "", tool_calls: asked.tool_calls ?? [] }),
      result,
    ]);
    expect(answer.content).toBeTypeOf("string");
    if (isUpstream) expect(answer.content).toBe(UPSTREAM_TEXT);
  });

  test("speaks the Responses interface", async () => {
    const message = await createChat({ useResponsesApi: true, maxTokens: 16 }).invoke("Say something.");
    if (isUpstream) expect(message.text).toBe(UPSTREAM_TEXT);
    let chunks = 0;
    const chat = createChat({ useResponsesApi: true, maxTokens: 16 });
    for await (const _chunk of await chat.stream("Say something.")) chunks += 1;
    expect(chunks).toBeGreaterThan(0);
  });

  test("speaks the legacy interface, several prompts at once", async () => {
    const legacy = new LegacyOpenAI({
      model,
      apiKey: "sk-any",
      maxTokens: 8,
      maxRetries: 0,
      configuration: { baseURL: served.baseURL },
    });
    const { generations } = await legacy.generate(["Once", "Twice"]);
    expect(generations).toHaveLength(2);
    if (isUpstream) expect(generations[1]?.[0]?.text).toBe(UPSTREAM_TEXT);
  });
});

describe("LangChain gets embeddings", () => {
  const createEmbeddings = (model: string) =>
    new OpenAIEmbeddings({
      model,
      apiKey: "sk-any",
      encodingFormat: "float",
      configuration: { baseURL: served.baseURL },
    });

  test("of an upstream", async () => {
    expect(await createEmbeddings("upstream-model").embedDocuments(["a", "b"])).toEqual([VECTOR, VECTOR]);
  });

  test("of a local model: of a query as of a document", async () => {
    const embeddings = createEmbeddings(EMBEDDING_MODEL);
    const [document] = await embeddings.embedDocuments(["hello world", "the red dress"]);
    expect(await embeddings.embedQuery("hello world")).toEqual(document);
  });
});
