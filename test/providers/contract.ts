import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChatCompletionChunk, chatCompletionChunkSchema } from "../../src/protocol/chat-chunk.ts";
import { chatCompletionSchema } from "../../src/protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../../src/protocol/chat-request.ts";
import type { Provider, ProviderCall } from "../../src/providers/provider.ts";
import { ProviderError } from "../../src/providers/provider-error.ts";

export interface ProviderHarness {
  readonly provider: Provider;
  /** A model name the provider serves. */
  readonly model: string;
  /** Request fields that make an answer last at least 300 ms, so that it can be cut in the middle. */
  readonly slowRequest: Partial<ChatCompletionRequest>;
  /** True for an upstream that answers with its one model whatever it is asked for. */
  readonly ignoresModelNames?: boolean;
  /** Kills what answers (engine, upstream) the hard way; the provider itself must survive it. */
  cut(): Promise<void>;
  /** Closes the provider and whatever stands behind it. */
  close(): Promise<void>;
}

const never = new AbortController().signal;

type DescribePart = (call: MakeCall, harness: () => ProviderHarness) => void;

/** What every Provider implementation is held to. `createHarness` runs once; the tests share its provider in order. */
export function describeProviderContract(name: string, createHarness: () => Promise<ProviderHarness>): void {
  describeParts({ name, createHarness, parts: [describeAnswers, describeAborts, describeFailures] });
}

/** The contract for providers with a whole model behind them: all that requests commonly ask for. */
export function describeFullProviderContract(
  name: string,
  createHarness: () => Promise<ProviderHarness>,
): void {
  const parts = [describeAnswers, describeParameters, describeRefusals, describeAborts, describeFailures];
  describeParts({ name, createHarness, parts });
}

function describeParts(options: {
  name: string;
  createHarness: () => Promise<ProviderHarness>;
  parts: readonly DescribePart[];
}): void {
  const { name, createHarness, parts } = options;
  describe(`provider contract: ${name}`, () => {
    let harness: ProviderHarness;
    beforeAll(async () => {
      harness = await createHarness();
    });
    afterAll(() => harness?.close());

    const call = (
      request: Partial<ChatCompletionRequest> = {},
      rest: Partial<ProviderCall> = {},
    ): ProviderCall => ({
      request: {
        model: "client-name",
        messages: [{ role: "user", content: "hello" }],
        max_tokens: 12,
        temperature: 0,
        ...request,
      },
      model: harness.model,
      signal: never,
      priority: "primary",
      ...rest,
    });

    for (const part of parts) part(call, () => harness);
  });
}

type MakeCall = (request?: Partial<ChatCompletionRequest>, rest?: Partial<ProviderCall>) => ProviderCall;

function describeAnswers(call: MakeCall, harness: () => ProviderHarness): void {
  it("answers a chat completion in the wire format", async () => {
    const { completion, facts } = await harness().provider.complete(call());
    chatCompletionSchema.parse(completion);
    expect(completion.choices).toHaveLength(1);
    expect(typeof completion.choices[0]?.message.content).toBe("string");
    expect(completion.usage?.total_tokens).toBe(
      (completion.usage?.prompt_tokens ?? 0) + (completion.usage?.completion_tokens ?? 0),
    );
    expect(facts.dropped).toEqual([]);
    expect(facts.promptVersion).toBeNull();
    expect(facts.interventions).toBeNull();
  });

  it("streams the role first, then text, then one finish reason, all under one id", async () => {
    const stream = await harness().provider.stream(call({ stream: true }));
    const chunks = await collect(stream.chunks);
    for (const chunk of chunks) chatCompletionChunkSchema.parse(chunk);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(new Set(chunks.map((chunk) => `${chunk.id} ${chunk.created}`)).size).toBe(1);
    const reasons = chunks.flatMap((chunk) => chunk.choices[0]?.finish_reason ?? []);
    expect(reasons).toHaveLength(1);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe(reasons[0]);
    expect(chunks.some((chunk) => chunk.usage)).toBe(false);
  });

  it("streams the same text as it answers at once", async () => {
    const { completion } = await harness().provider.complete(call());
    const stream = await harness().provider.stream(call({ stream: true }));
    const text = joinText(await collect(stream.chunks));
    expect(text).toBe(completion.choices[0]?.message.content);
  });

  it("sends the usage chunk last and only when asked", async () => {
    const request = { stream: true, stream_options: { include_usage: true } };
    const stream = await harness().provider.stream(call(request));
    const chunks = await collect(stream.chunks);
    const last = chunks.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.completion_tokens).toBeGreaterThan(0);
    expect(chunks.slice(0, -1).every((chunk) => !chunk.usage)).toBe(true);
  });

  it("lists its models and tells that it is ready", async () => {
    const models = await harness().provider.models();
    expect(models.map((model) => model.id)).toContain(harness().model);
    expect(harness().provider.health()).toMatchObject({ state: "ready", detail: expect.any(String) });
  });
}

const colourSchema = {
  type: "object",
  properties: { colour: { enum: ["red", "blue"] }, count: { type: "integer", minimum: 1, maximum: 9 } },
  required: ["colour", "count"],
  additionalProperties: false,
};
const colourFormat = {
  type: "json_schema" as const,
  json_schema: { name: "wish", strict: true, schema: colourSchema },
};

function describeParameters(call: MakeCall, harness: () => ProviderHarness): void {
  const complete = async (request: Partial<ChatCompletionRequest>) =>
    (await harness().provider.complete(call(request))).completion;
  const stream = async (request: Partial<ChatCompletionRequest>) =>
    collect((await harness().provider.stream(call({ ...request, stream: true }))).chunks);
  const expectColour = (text: string | null | undefined) => {
    const value: unknown = JSON.parse(text ?? "");
    expect(value).toEqual({ colour: expect.stringMatching(/^(red|blue)$/), count: expect.any(Number) });
  };

  it("answers inside a JSON schema, at once and streamed", async () => {
    const request = { response_format: colourFormat, max_tokens: 60 };
    const { choices } = await complete(request);
    expect(choices[0]?.finish_reason).toBe("stop");
    expectColour(choices[0]?.message.content);
    expectColour(joinText(await stream(request)));
  });

  it("answers with any JSON object where that is all that was asked for", async () => {
    // A model that is no talker may fill its tokens with white space, but never with something else.
    const { choices } = await complete({ response_format: { type: "json_object" }, max_tokens: 24 });
    expect((choices[0]?.message.content ?? "").trimStart()).toMatch(/^\{|^$/);
  });

  it("ends at the token limit and says so", async () => {
    const { choices, usage } = await complete({ max_tokens: 5 });
    expect(choices[0]?.finish_reason).toBe("length");
    expect(usage?.completion_tokens).toBe(5);
    const chunks = await stream({ max_tokens: undefined, max_completion_tokens: 5 });
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(["length"]);
    expect(joinText(chunks)).toBe(choices[0]?.message.content);
  });

  it("stops before a stop string", async () => {
    const whole = (await complete({})).choices[0]?.message.content ?? "";
    const stop = whole.slice(4, 7);
    const { choices } = await complete({ stop: [stop] });
    expect(choices[0]?.finish_reason).toBe("stop");
    expect(choices[0]?.message.content).toBe(whole.slice(0, whole.indexOf(stop)));
  });

  it("answers several times when asked to", async () => {
    const { choices } = await complete({ n: 2 });
    expect(choices.map(({ index }) => index).toSorted()).toEqual([0, 1]);
    const chunks = await stream({ n: 2 });
    const finished = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.finish_reason));
    expect(finished.map(({ index }) => index).toSorted()).toEqual([0, 1]);
  });

  it("tells the log probabilities of its tokens", async () => {
    const request = { logprobs: true, top_logprobs: 2 };
    const [choice] = (await complete(request)).choices;
    expectLogprobs(choice?.logprobs);
    const chunks = await stream(request);
    const streamed = chunks.flatMap(({ choices }) => choices[0]?.logprobs ?? []);
    expect(streamed.length).toBeGreaterThan(0);
    for (const logprobs of streamed) expectLogprobs(logprobs);
  });

  it("takes a developer's word as a system prompt", async () => {
    const messages: ChatCompletionRequest["messages"] = [
      { role: "developer", content: "You answer in one word." },
      { role: "user", content: "hello" },
    ];
    expect((await complete({ messages })).choices).toHaveLength(1);
  });
}

function expectLogprobs(logprobs: unknown): void {
  expect(logprobs).toMatchObject({ content: expect.any(Array) });
  const { content } = logprobs as { content: { logprob: number; top_logprobs: unknown[] }[] };
  for (const token of content) {
    expect(token).toMatchObject({ token: expect.any(String), logprob: expect.any(Number) });
    expect(token.logprob).toBeLessThanOrEqual(0);
    expect(token.top_logprobs).toHaveLength(2);
  }
}

function describeRefusals(call: MakeCall, harness: () => ProviderHarness): void {
  it("says context_length_exceeded for a prompt that is too long, at once and streamed", async () => {
    const long = call({ messages: [{ role: "user", content: "word ".repeat(3000) }] });
    const expected = { name: "ProviderError", kind: "context_length_exceeded" };
    await expect(harness().provider.complete(long)).rejects.toMatchObject(expected);
    const streamed = call({ ...long.request, stream: true });
    const reading = harness()
      .provider.stream(streamed)
      .then(({ chunks }) => collect(chunks));
    await expect(reading).rejects.toMatchObject(expected);
  });

  it("says invalid_request, in the upstream's words, for what cannot be asked", async () => {
    const request = { logprobs: false, top_logprobs: 2 };
    const error: unknown = await harness()
      .provider.complete(call(request))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "ProviderError", kind: "invalid_request" });
    expect(String(error)).toMatch(/logprobs/);
  });
}

function describeAborts(call: MakeCall, harness: () => ProviderHarness): void {
  it("throws the signal's reason when the call is aborted beforehand", async () => {
    const reason = new Error("gone before");
    const aborted = call({}, { signal: AbortSignal.abort(reason) });
    await expect(harness().provider.complete(aborted)).rejects.toBe(reason);
    await expect(harness().provider.stream(aborted)).rejects.toBe(reason);
  });

  it("throws the signal's reason when the call is aborted in the middle", async () => {
    const controller = new AbortController();
    const reason = new Error("gone in the middle");
    const answer = harness().provider.complete(call(harness().slowRequest, { signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 50);
    await expect(answer).rejects.toBe(reason);
  });

  it("throws the signal's reason out of a stream that is aborted in the middle", async () => {
    const controller = new AbortController();
    const reason = new Error("stream gone");
    const request = { ...harness().slowRequest, stream: true };
    const stream = await harness().provider.stream(call(request, { signal: controller.signal }));
    const reading = collect(stream.chunks);
    setTimeout(() => controller.abort(reason), 50);
    await expect(reading).rejects.toBe(reason);
  });

  it("answers the next call after a reader left a stream early", async () => {
    const stream = await harness().provider.stream(call({ ...harness().slowRequest, stream: true }));
    for await (const _chunk of stream.chunks) break;
    await expect(harness().provider.complete(call())).resolves.toBeDefined();
  });
}

function describeFailures(call: MakeCall, harness: () => ProviderHarness): void {
  it("says model_not_found for a model it does not serve", async () => {
    const unknown = call({}, { model: "no-such-model" });
    if (harness().ignoresModelNames) {
      await expect(harness().provider.complete(unknown)).resolves.toBeDefined();
      return;
    }
    await expect(harness().provider.complete(unknown)).rejects.toMatchObject({
      name: "ProviderError",
      kind: "model_not_found",
    });
    await expect(harness().provider.stream(unknown)).rejects.toBeInstanceOf(ProviderError);
  });

  it("says unavailable when the answer is cut in the middle, and lives on", async () => {
    const stream = await harness().provider.stream(call({ ...harness().slowRequest, stream: true }));
    const reading = collect(stream.chunks);
    reading.catch(() => {});
    await harness().cut();
    await expect(reading).rejects.toMatchObject({ name: "ProviderError", kind: "unavailable" });
    expect(() => harness().provider.health()).not.toThrow();
  });

  it("closes twice without harm and takes no work afterwards", async () => {
    await harness().provider.close(1000);
    await harness().provider.close(1000);
    await expect(harness().provider.complete(call())).rejects.toMatchObject({ kind: "unavailable" });
  });
}

export async function collect(chunks: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const collected: ChatCompletionChunk[] = [];
  for await (const chunk of chunks) collected.push(chunk);
  return collected;
}

/** The whole text of a streamed answer's first choice. */
export function joinText(chunks: readonly ChatCompletionChunk[]): string {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
}
