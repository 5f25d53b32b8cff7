import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import {
  createOpenAiProvider,
  type OpenAiProviderOptions,
} from "../../../src/providers/openai/create-openai-provider.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../../support/scripted-upstream.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await createScriptedUpstream();
});
afterEach(() => upstream.close());

async function ask(options: Partial<OpenAiProviderOptions>, request: Partial<ChatCompletionRequest> = {}) {
  const provider = createOpenAiProvider({
    id: "upstream",
    baseUrl: upstream.baseUrl,
    apiKey: "sk-secret",
    licenseClass: "unknown",
    ...options,
  });
  const { facts } =
    request.stream === true
      ? await provider.stream(createCall(request)).then(async (stream) => {
          await collect(stream.chunks);
          return { facts: stream.facts() };
        })
      : await provider.complete(createCall(request));
  const models = await provider.models();
  await provider.close(100);
  const [asked, listed] = upstream.requests.slice(-2);
  return {
    facts,
    models,
    path: asked?.path,
    listPath: listed?.path,
    headers: asked?.headers,
    body: asked?.body,
  };
}

const originOf = (url: string) => new URL(url).origin;

const schema = { type: "object", properties: { z: { type: "string" }, a: { type: "number" } } };
const response_format = { type: "json_schema" as const, json_schema: { name: "plan", strict: true, schema } };

describe("addresses and keys", () => {
  it("puts the endpoint below the base URL and signs with a bearer token", async () => {
    for (const dialect of ["openai", "llama-server", "vllm", "ollama", "generic"] as const) {
      const { path, listPath, headers } = await ask({ dialect });
      expect(path).toBe("/v1/chat/completions");
      expect(listPath).toBe("/v1/models");
      expect(headers).toMatchObject({ authorization: "Bearer sk-secret" });
    }
  });

  it("names Azure's deployment in the path and the dated version in the query", async () => {
    const baseUrl = originOf(upstream.baseUrl);
    const { path, listPath, headers } = await ask({
      dialect: "azure",
      baseUrl,
      apiVersion: "2025-01-01-preview",
    });
    expect(path).toBe("/openai/deployments/upstream-model/chat/completions?api-version=2025-01-01-preview");
    expect(listPath).toBe("/openai/models?api-version=2025-01-01-preview");
    expect(headers).toMatchObject({ "api-key": "sk-secret" });
    expect(headers).not.toHaveProperty("authorization");
    expect((await ask({ dialect: "azure", baseUrl: `${baseUrl}/openai/` })).path).toBe(
      "/openai/deployments/upstream-model/chat/completions?api-version=2024-10-21",
    );
  });

  it("uses OpenAI's paths on Azure's undated interface", async () => {
    const baseUrl = `${originOf(upstream.baseUrl)}/openai/v1`;
    const { path, listPath, body, headers } = await ask({ dialect: "azure", baseUrl });
    expect(path).toBe("/openai/v1/chat/completions");
    expect(listPath).toBe("/openai/v1/models");
    expect(body).toMatchObject({ model: "upstream-model" });
    expect(headers).toMatchObject({ "api-key": "sk-secret" });
    expect((await ask({ dialect: "azure", baseUrl, apiVersion: "preview" })).path).toBe(
      "/openai/v1/chat/completions?api-version=preview",
    );
  });
});

describe("request fields", () => {
  const messages = [
    { role: "developer" as const, content: "be short", name: "x" },
    { role: "user" as const, content: "hello" },
  ];

  it("leaves OpenAI's and Azure's requests as they are", async () => {
    const request = { messages, max_completion_tokens: 9, response_format, n: 2, logit_bias: { 5: 1 } };
    for (const dialect of ["openai", "azure"] as const) {
      const { body, facts } = await ask({ dialect }, request);
      expect(body).toEqual({ ...request, model: "upstream-model", stream: false });
      expect(facts.dropped).toEqual([]);
    }
  });

  it("calls a developer system for models whose templates know no developer", async () => {
    for (const dialect of ["llama-server", "vllm", "ollama", "generic"] as const) {
      const { body } = await ask({ dialect }, { messages });
      expect(body?.messages).toEqual([{ ...messages[0], role: "system" }, messages[1]]);
    }
  });

  it("gives the token limit its older name where the newer one is not known", async () => {
    for (const dialect of ["ollama", "generic"] as const) {
      const { body } = await ask({ dialect }, { max_completion_tokens: 9 });
      expect(body).toMatchObject({ max_tokens: 9 });
      expect(body).not.toHaveProperty("max_completion_tokens");
    }
    const both = await ask({ dialect: "generic" }, { max_completion_tokens: 9, max_tokens: 5 });
    expect(both.body).toMatchObject({ max_tokens: 5 });
    expect((await ask({ dialect: "vllm" }, { max_completion_tokens: 9 })).body).toMatchObject({
      max_completion_tokens: 9,
    });
  });

  it("takes out what Ollama passes over in silence, and says so", async () => {
    const { body, facts } = await ask(
      { dialect: "ollama" },
      { n: 2, logit_bias: { 5: 1 }, tool_choice: "auto", temperature: 0 },
    );
    expect(facts.dropped).toEqual(["n", "logit_bias"]);
    expect(body).toMatchObject({ temperature: 0 });
    expect(body).not.toHaveProperty("n");
    expect(body).not.toHaveProperty("logit_bias");
  });

  it("takes out functions in their older form where the server knows only tools, and says so", async () => {
    const request = { functions: [{ name: "now" }], function_call: { name: "now" } };
    for (const dialect of ["llama-server", "vllm", "ollama"] as const) {
      const { body, facts } = await ask({ dialect }, request);
      expect(facts.dropped).toEqual(["functions", "function_call"]);
      expect(body).not.toHaveProperty("functions");
    }
    expect((await ask({ dialect: "generic" }, request)).body).toMatchObject(request);
  });

  it("sends fewer tools to servers that know no allowed_tools", async () => {
    const [now, later] = ["now", "later"].map((name) => ({ type: "function" as const, function: { name } }));
    if (now === undefined || later === undefined) throw new Error("two tools were made");
    const allow = (tools: { type: "function"; function: { name: string } }[], mode: "auto" | "required") => ({
      tools: [now, later],
      tool_choice: { type: "allowed_tools" as const, allowed_tools: { mode, tools } },
    });
    for (const dialect of ["vllm", "generic"] as const) {
      const { body } = await ask({ dialect }, allow([later], "required"));
      expect(body).toMatchObject({ tools: [later], tool_choice: "required" });
    }
    const { body, facts } = await ask({ dialect: "ollama" }, allow([later], "auto"));
    expect(body).toMatchObject({ tools: [later] });
    expect(facts.dropped).toEqual([]);
    const none = await ask({ dialect: "vllm" }, allow([], "auto"));
    expect(none.body).not.toHaveProperty("tools");
    const unknown = allow([{ type: "function", function: { name: "never" } }], "auto");
    await expect(ask({ dialect: "vllm" }, unknown)).rejects.toMatchObject({ param: "tool_choice" });
    expect((await ask({}, allow([later], "required"))).body).toMatchObject(allow([later], "required"));
  });

  it("keeps the tools from a server that would call them against the client's word", async () => {
    const tools = [{ type: "function" as const, function: { name: "now" } }];
    const { body, facts } = await ask({ dialect: "ollama" }, { tools, tool_choice: "none" });
    expect(body).not.toHaveProperty("tools");
    expect(body).not.toHaveProperty("tool_choice");
    expect(facts.dropped).toEqual([]);
    const required = await ask({ dialect: "ollama" }, { tools, tool_choice: "required" });
    expect(required.body).toMatchObject({ tools });
    expect(required.facts.dropped).toEqual(["tool_choice"]);
  });

  it("asks vLLM for several greedy answers in the way that it allows", async () => {
    const { body } = await ask({ dialect: "vllm" }, { temperature: 0, n: 2 });
    expect(body).toMatchObject({ temperature: 1, top_k: 1, n: 2 });
    expect((await ask({ dialect: "vllm" }, { temperature: 0 })).body).not.toHaveProperty("top_k");
  });

  it("asks for no usage where streams must not have options", async () => {
    const stream = { stream: true, stream_options: { include_usage: true } };
    expect((await ask({}, stream)).body).toMatchObject({ stream_options: { include_usage: true } });
    expect((await ask({ streamUsage: false }, stream)).body).not.toHaveProperty("stream_options");
  });
});

describe("schema forms", () => {
  it("passes a schema under the name that the server knows, in its own key order", async () => {
    const expected = {
      response_format: { response_format },
      guided_json: { guided_json: schema },
      structured_outputs: { structured_outputs: { json: schema } },
      json_schema: { json_schema: schema },
      format: { format: schema },
      json_object: { response_format: { type: "json_object" } },
    } as const;
    for (const [form, fields] of Object.entries(expected)) {
      const schemaForm = form as keyof typeof expected;
      const { body } = await ask({ dialect: "vllm", schemaForm }, { response_format });
      const { model: _, messages: __, stream: ___, ...sent } = body ?? {};
      expect(JSON.stringify(sent)).toBe(JSON.stringify(fields));
    }
  });

  it("leaves other formats alone, and asks for any object where there is no schema", async () => {
    const text = await ask({ schemaForm: "guided_json" }, { response_format: { type: "json_object" } });
    expect(text.body).toMatchObject({ response_format: { type: "json_object" } });
    const bare = { type: "json_schema" as const, json_schema: { name: "any" } };
    const { body } = await ask({ schemaForm: "guided_json" }, { response_format: bare });
    expect(body).toMatchObject({ response_format: { type: "json_object" } });
    for (const dialect of ["vllm", "ollama", "generic"] as const) {
      const { body: asked } = await ask({ dialect }, { response_format: bare });
      expect(asked).toMatchObject({ response_format: { type: "json_object" } });
    }
    expect((await ask({}, { response_format: bare })).body).toMatchObject({ response_format: bare });
  });

  it("gives llama-server a schema for any object, to which it would not hold itself otherwise", async () => {
    const expected = { response_format: { type: "json_object", schema: { type: "object" } } };
    for (const response_format of [
      { type: "json_object" as const },
      { type: "json_schema" as const, json_schema: { name: "any" } },
    ])
      expect((await ask({ dialect: "llama-server" }, { response_format })).body).toMatchObject(expected);
  });

  it("names the root that a schema refers to for llama-server, and changes no other", async () => {
    const chain = { type: "object", properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] } } };
    const format = { type: "json_schema" as const, json_schema: { name: "chain", schema: chain } };
    const { body } = await ask({ dialect: "llama-server" }, { response_format: format });
    const root = { ...chain, properties: { next: { anyOf: [{ $ref: "#/$defs/root" }, { type: "null" }] } } };
    expect(body).toMatchObject({
      response_format: { json_schema: { schema: { $ref: "#/$defs/root", $defs: { root } } } },
    });
    const other = await ask({ dialect: "llama-server" }, { response_format });
    expect(JSON.stringify(other.body?.response_format)).toBe(JSON.stringify(response_format));
  });
});
