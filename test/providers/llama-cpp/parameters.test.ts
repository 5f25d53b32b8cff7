import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { collectCompletion } from "../../../src/protocol/collect-completion.ts";
import { FIELD_SUPPORT } from "../../../src/providers/llama-cpp/field-support.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

let provider: LlamaCppProvider;
beforeAll(() => {
  provider = createTinyProvider({ sequences: 4 });
});
afterAll(() => provider.close(0));

type Request = Partial<ChatCompletionRequest>;

async function ask(request: Request) {
  const { completion, facts } = await provider.complete(createCall(request));
  const texts = completion.choices.map(({ message }) => message.content ?? "");
  return { texts, text: texts[0] ?? "", reason: completion.choices[0]?.finish_reason, completion, facts };
}

/** The tiny vocabulary has the bytes in their order behind three special tokens. */
const tokenOf = (character: string) => 3 + character.charCodeAt(0);
const END_OF_TURN = 2;

describe("seed", () => {
  const request: Request = { temperature: 1, seed: 21, max_tokens: 24 };

  it("gives the same answer alone, among several choices, streamed and beside other answers", async () => {
    const { text } = await ask(request);
    expect((await ask({ ...request, n: 3 })).texts[0]).toBe(text);
    const { chunks } = await provider.stream(createCall({ ...request, stream: true }));
    expect(collectCompletion(await collect(chunks))?.choices[0]?.message.content).toBe(text);
    const crowd = await Promise.all([1, 2, 3].map((seed) => ask({ ...request, seed })).concat(ask(request)));
    expect(crowd.at(-1)?.text).toBe(text);
  });

  it("gives the same choices again, each another one", async () => {
    const first = await ask({ ...request, n: 4 });
    expect(new Set(first.texts).size).toBe(4);
    expect((await ask({ ...request, n: 4 })).texts).toEqual(first.texts);
    expect((await ask({ ...request, n: 4, seed: 22 })).texts.some((text) => first.texts.includes(text))).toBe(
      false,
    );
  });

  it("tells seeds of 64 bits and negative ones apart", async () => {
    const seeds = [1, 1 + 2 ** 32, 1 + 2 ** 33, -1, 2 ** 63];
    const texts = await Promise.all(seeds.map(async (seed) => (await ask({ ...request, seed })).text));
    expect(new Set(texts).size).toBe(seeds.length);
  });

  it("is drawn anew for a request that brings none", async () => {
    const { seed: _seed, ...rest } = request;
    expect((await ask(rest)).text).not.toBe((await ask(rest)).text);
  });

  it("gives the same JSON again after other answers have been written", async () => {
    const schema = {
      type: "object",
      properties: { a: { enum: ["one", "two", "three"] }, b: { type: "integer", minimum: 0, maximum: 999 } },
      required: ["a", "b"],
      additionalProperties: false,
    };
    const json: Request = {
      ...request,
      max_tokens: 80,
      response_format: { type: "json_schema", json_schema: { name: "a", schema } },
    };
    const { text } = await ask(json);
    for (let seed = 0; seed < 4; seed++) await ask({ ...json, seed });
    expect((await ask(json)).text).toBe(text);
  });
});

describe("temperature and top_p", () => {
  it("takes the likeliest token at temperature 0, whatever the seed", async () => {
    const greedy = await ask({ temperature: 0, max_tokens: 16 });
    expect((await ask({ temperature: 0, seed: 5, max_tokens: 16 })).text).toBe(greedy.text);
    expect((await ask({ temperature: 1, top_p: 0, seed: 6, max_tokens: 16 })).text).toBe(greedy.text);
  });

  it("draws from the whole vocabulary", async () => {
    const wanted = Array.from({ length: 60 }, (_, index) => String.fromCharCode(0x21 + index));
    const bias = Object.fromEntries(wanted.map((character) => [tokenOf(character), 100]));
    const { text } = await ask({ temperature: 2, seed: 1, logit_bias: bias, max_tokens: 900 });
    // More than the 40 that the library would look at.
    expect(new Set(text).size).toBeGreaterThan(50);
  });
});

describe("stop", () => {
  it("takes up to four texts and cuts before the first that comes", async () => {
    const request: Request = { temperature: 1, seed: 3, max_tokens: 60 };
    const { text } = await ask(request);
    const stops = [text.slice(20, 23), text.slice(10, 14), text.slice(30, 32), "never written"];
    const first = Math.min(...stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0));
    const stopped = await ask({ ...request, stop: stops });
    expect(stopped.text).toBe(text.slice(0, first));
    expect(stopped.reason).toBe("stop");
  });

  it("cuts JSON too", async () => {
    const schema = { type: "object", properties: { key: { enum: ["value"] } }, required: ["key"] };
    const format = { type: "json_schema" as const, json_schema: { name: "a", schema } };
    const request: Request = { response_format: format, stop: '":"va' };
    expect((await ask({ response_format: format })).text).toBe('{"key":"value"}');
    await expect(ask(request)).resolves.toMatchObject({ text: '{"key', reason: "stop" });
  });

  it("leaves what it cut unjudged, whole and streamed", async () => {
    const properties = {
      key: { enum: ["value"] },
      // No grammar tells numbers that were there before: the whole text is checked.
      list: { type: "array", items: { type: "integer" }, uniqueItems: true },
    };
    const schema = { type: "object", properties, required: ["key", "list"], additionalProperties: false };
    const format = { type: "json_schema" as const, json_schema: { name: "a", schema } };
    const request: Request = { response_format: format, stop: '"list"', n: 2 };
    const { texts, completion } = await ask(request);
    expect(texts).toEqual(Array(2).fill('{"key":"value",'));
    expect(completion.choices.map(({ finish_reason: reason }) => reason)).toEqual(["stop", "stop"]);
    const { chunks } = await provider.stream(createCall({ ...request, stream: true }));
    expect(collectCompletion(await collect(chunks))?.choices).toMatchObject(
      Array(2).fill({ message: { content: '{"key":"value",' }, finish_reason: "stop" }),
    );
  });
});

describe("logit_bias", () => {
  it("bans at -100 and forces at 100", async () => {
    const forced = await ask({ logit_bias: { [tokenOf("z")]: 100 }, max_tokens: 5 });
    expect(forced.text).toBe("zzzzz");
    const { text } = await ask({ temperature: 0, max_tokens: 1 });
    const banned = await ask({
      temperature: 0,
      max_tokens: 1,
      logit_bias: Object.fromEntries([...text].map((character) => [tokenOf(character), -100])),
    });
    expect(banned.text).not.toBe(text);
  });

  it("reaches the tokens that end an answer", async () => {
    const ended = await ask({ logit_bias: { [END_OF_TURN]: 100 }, max_tokens: 5 });
    expect(ended).toMatchObject({ text: "", reason: "stop" });
    const request: Request = { temperature: 1.5, max_tokens: 400, n: 4, seed: 9 };
    const never = await ask({ ...request, logit_bias: { 0: -100, [END_OF_TURN]: -100 } });
    expect(never.completion.choices.map((choice) => choice.finish_reason)).toEqual(Array(4).fill("length"));
  });

  it("is outranked by a grammar", async () => {
    const format = { type: "json_schema" as const, json_schema: { name: "a", schema: { enum: ["abc"] } } };
    expect(
      (await ask({ response_format: format, logit_bias: { [tokenOf("z")]: 100 }, max_tokens: 20 })).text,
    ).toBe('"abc"');
  });

  it("refuses keys that are no token of the model", async () => {
    for (const key of ["abc", "-1", "1.5", "99999"]) {
      await expect(provider.complete(createCall({ logit_bias: { [key]: 1 } }))).rejects.toMatchObject({
        kind: "invalid_request",
        param: "logit_bias",
      });
    }
  });
});

describe("penalties", () => {
  it("keep a token from coming back, over the whole answer", async () => {
    const bias = Object.fromEntries([..."abcdefghij"].map((character) => [tokenOf(character), 40]));
    const request: Request = { temperature: 0, logit_bias: bias, max_tokens: 30 };
    const plain = await ask(request);
    const frequent = await ask({ ...request, frequency_penalty: 2, presence_penalty: 2 });
    expect(new Set(frequent.text).size).toBeGreaterThan(new Set(plain.text).size);
    expect(new Set(frequent.text).size).toBe(10);
    // From the very next token on.
    const brief = await ask({ ...request, max_tokens: 10, frequency_penalty: 2, presence_penalty: 2 });
    expect(new Set(brief.text).size).toBe(10);
    const repeated = await ask({ ...request, frequency_penalty: -2 });
    expect(new Set(repeated.text).size).toBeLessThanOrEqual(new Set(plain.text).size);
  });
});

describe("several choices", () => {
  it("are written at the same time and streamed under their index", async () => {
    const request: Request = {
      n: 3,
      temperature: 1,
      seed: 4,
      max_tokens: 60,
      stream: true,
      stream_options: { include_usage: true },
    };
    const { chunks } = await provider.stream(createCall(request));
    const streamed = await collect(chunks);
    const order = streamed.flatMap(({ choices }) => choices.map(({ index }) => index));
    const lastOfFirst = order.lastIndexOf(0);
    expect(order.slice(0, lastOfFirst).some((index) => index > 0 && order.indexOf(index) < lastOfFirst)).toBe(
      true,
    );
    for (const index of [0, 1, 2]) {
      const own = streamed.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
      expect(own[0]?.delta.role).toBe("assistant");
      expect(own.filter((choice) => choice.finish_reason)).toHaveLength(1);
      expect(own.at(-1)?.finish_reason).toBeTruthy();
    }
    const whole = await ask({ ...request, stream: false });
    expect(collectCompletion(streamed)?.choices.map(({ message }) => message.content)).toEqual(whole.texts);
    expect(streamed.at(-1)?.usage).toMatchObject({
      completion_tokens: whole.completion.usage?.completion_tokens,
    });
    expect(streamed.at(-1)?.choices).toEqual([]);
  });

  it("are more than there are slots", async () => {
    const { texts, completion } = await ask({ n: 9, temperature: 1, seed: 1, max_tokens: 6 });
    expect(texts).toHaveLength(9);
    expect(completion.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(provider.stats().slots.busy).toBe(0);
  });

  it("all stop when the reader leaves or the call is aborted", async () => {
    const request: Request = {
      n: 6,
      temperature: 1,
      max_tokens: 1500,
      stream: true,
      logit_bias: { 0: -100, [END_OF_TURN]: -100 },
    };
    const { chunks } = await provider.stream(createCall(request));
    for await (const _chunk of chunks) break;
    const controller = new AbortController();
    const reason = new Error("gone");
    const answer = provider.complete(createCall(request, { signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 50);
    await expect(answer).rejects.toBe(reason);
    await expect.poll(() => provider.stats().slots.busy, { timeout: 10_000 }).toBe(0);
    expect(provider.stats().queue.length).toBe(0);
  });
});

describe("what is not used", () => {
  it("is named, and only that", async () => {
    const used: Request = {
      user: "u",
      metadata: { a: "b" },
      store: true,
      n: 1,
      logprobs: true,
      logit_bias: {},
      tools: [],
      seed: 1,
    };
    expect((await ask({ ...used, max_tokens: 1 })).facts.dropped).toEqual([]);
    const unused = {
      reasoning_effort: "low",
      verbosity: "low",
      top_k: 5,
      modalities: ["text"],
      service_tier: "auto",
      "x\r\ny": 1,
    };
    expect((await ask({ ...unused, max_tokens: 1 })).facts.dropped).toEqual([
      "reasoning_effort",
      "verbosity",
      "top_k",
    ]);
  });

  it("is told for every field once", () => {
    const names = FIELD_SUPPORT.map(({ field }) => field);
    expect(new Set(names).size).toBe(names.length);
    for (const { note } of FIELD_SUPPORT) expect(note).toMatch(/\.$/);
  });
});
