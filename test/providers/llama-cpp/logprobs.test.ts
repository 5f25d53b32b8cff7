import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChoiceLogprobs } from "../../../src/protocol/chat-logprobs.ts";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { collectCompletion } from "../../../src/protocol/collect-completion.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createShippedProvider } from "../../support/shipped-engine.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

let provider: LlamaCppProvider;
beforeAll(() => {
  provider = createShippedProvider();
});
afterAll(() => provider.close(0));

async function ask(request: Partial<ChatCompletionRequest>) {
  const { completion, facts } = await provider.complete(createCall({ max_tokens: 12, ...request }));
  const [choice] = completion.choices;
  return {
    text: choice?.message.content ?? "",
    entries: choice?.logprobs?.content ?? [],
    choice,
    completion,
    facts,
  };
}

const joinBytes = (entries: NonNullable<ChoiceLogprobs["content"]>) =>
  Buffer.from(entries.flatMap(({ bytes }) => bytes ?? [])).toString("utf8");

describe("log probabilities", () => {
  it("tells every token with its bytes and the likeliest beside it", async () => {
    const { text, entries, completion } = await ask({ logprobs: true, top_logprobs: 20, temperature: 0 });
    expect(entries).toHaveLength(completion.usage?.completion_tokens ?? 0);
    expect(entries.map(({ token }) => token).join("")).toBe(text);
    expect(joinBytes(entries)).toBe(text);
    for (const { logprob, token, bytes, top_logprobs: top } of entries) {
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top).toHaveLength(20);
      // Greedy decoding takes the likeliest.
      expect(top[0]).toEqual({ token, logprob, bytes });
      expect(top.map((likely) => likely.logprob)).toEqual(
        top.map((likely) => likely.logprob).sort((a, b) => b - a),
      );
      const mass = top.reduce((sum, likely) => sum + Math.exp(likely.logprob), 0);
      expect(mass).toBeLessThanOrEqual(1.001);
      expect(mass).toBeGreaterThan(0.1);
    }
  });

  it.each([{ logprobs: true }, { presence_penalty: 0.1 }])(
    "needs no token to end a value, with %o",
    async (field) => {
      const schema = { enum: ["summer", "winter"] };
      const request = {
        ...field,
        temperature: 0,
        response_format: { type: "json_schema" as const, json_schema: { name: "season", schema } },
      };
      const { text, choice, completion } = await ask(request);
      expect(["summer", "winter"]).toContain(JSON.parse(text));
      expect(choice?.finish_reason).toBe("stop");
      // One more token to sample would be one too many.
      const capped = await ask({ ...request, max_tokens: completion.usage?.completion_tokens });
      expect(capped.text).toBe(text);
      expect(capped.choice?.finish_reason).toBe("stop");
    },
  );

  it("tells the model's own distribution, whatever the sampling makes of it", async () => {
    const first = async (request: Partial<ChatCompletionRequest>) => {
      const { entries } = await ask({ logprobs: true, top_logprobs: 5, max_tokens: 1, seed: 3, ...request });
      return entries[0]?.top_logprobs.map(({ token, logprob }) => [token, logprob.toFixed(3)]);
    };
    const plain = await first({ temperature: 0 });
    expect(await first({ temperature: 2, top_p: 0.3 })).toEqual(plain);
    expect(await first({ temperature: 1, logit_bias: { 300: 50 }, presence_penalty: 1 })).toEqual(plain);
    expect(await first({ temperature: 1, response_format: { type: "json_object" } })).toEqual(plain);
  });

  it("tells how unlikely a forced token was", async () => {
    const { text, entries } = await ask({ logprobs: true, logit_bias: { 3000: 100 }, max_tokens: 3 });
    expect(new Set(entries.map(({ token }) => token)).size).toBe(1);
    expect(entries.map(({ token }) => token).join("")).toBe(text);
    expect(entries[0]?.logprob).toBeLessThan(-4);
    expect(entries[0]?.top_logprobs).toEqual([]);
  });

  it("leaves the answer as it is without them", async () => {
    const request = { temperature: 1, seed: 11, max_tokens: 20 };
    const plain = await ask(request);
    expect((await ask({ ...request, logprobs: true, top_logprobs: 2 })).text).toBe(plain.text);
    expect(plain.choice?.logprobs).toBeNull();
  });

  it("streams each token's with the text it is in", async () => {
    const request = { logprobs: true, top_logprobs: 1, temperature: 1, seed: 5, max_tokens: 16 };
    const { completion } = await ask(request);
    const { chunks } = await provider.stream(createCall({ ...request, stream: true }));
    const streamed = await collect(chunks);
    for (const { choices } of streamed) {
      const [choice] = choices;
      if (choice?.delta.content) expect(joinBytes(choice.logprobs?.content ?? [])).toBe(choice.delta.content);
      else expect(choice?.logprobs).toBeNull();
    }
    expect(collectCompletion(streamed)?.choices[0]?.logprobs).toEqual(completion.choices[0]?.logprobs);
  });

  it("leaves out what a stop text cut off", async () => {
    const request = { logprobs: true, temperature: 0, max_tokens: 24 };
    const whole = await ask(request);
    const stop = whole.entries[4]?.token ?? "";
    const { text, entries } = await ask({ ...request, stop });
    expect(text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(joinBytes(entries).startsWith(text)).toBe(true);
    expect(entries.length).toBeLessThan(whole.entries.length);
  });

  it("keeps the bytes of characters that are spread over tokens", async () => {
    const schema = {
      type: "object",
      properties: { a: { const: "日本 🧥 é" } },
      required: ["a"],
      additionalProperties: false,
    };
    const format = { type: "json_schema" as const, json_schema: { name: "a", schema } };
    const { text, entries } = await ask({ logprobs: true, response_format: format, max_tokens: 80 });
    expect(JSON.parse(text)).toEqual({ a: "日本 🧥 é" });
    expect(joinBytes(entries)).toBe(text);
    expect(entries.some(({ token }) => token.includes("\uFFFD"))).toBe(true);
  });

  it("covers the text of an answer that may call functions, and not the calls", async () => {
    const tools = [{ type: "function" as const, function: { name: "now" } }];
    const text = await ask({ tools, logprobs: true, temperature: 0, max_tokens: 10 });
    if (text.choice?.finish_reason !== "tool_calls")
      expect(joinBytes(text.entries).startsWith(text.text)).toBe(true);
    const call = await ask({ tools, tool_choice: "required", logprobs: true, max_tokens: 200 });
    expect(call.choice?.message.tool_calls?.length).toBeGreaterThan(0);
    expect(call.entries).toEqual([]);
  });

  it("refuses top_logprobs that nobody asked to see", async () => {
    await expect(provider.complete(createCall({ top_logprobs: 3 }))).rejects.toMatchObject({
      kind: "invalid_request",
      param: "top_logprobs",
    });
  });
});
