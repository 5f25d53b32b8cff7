import { getLlama } from "node-llama-cpp";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { EmbeddingsRequest } from "../../../src/protocol/embeddings.ts";
import type { LlamaCppProviderOptions } from "../../../src/providers/llama-cpp/llama-cpp-options.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createFixedModelSource, type SourceModel } from "../../../src/providers/llama-cpp/model-source.ts";
import type { EmbedCall } from "../../../src/providers/provider.ts";
import { add, computeEncoderStates, dot, toUnitLength } from "../../support/encoder-reference.ts";
import {
  CLS,
  createTinyEncoder,
  ENCODER_SHAPE,
  ENCODER_TOKENS,
  POOLING,
  SEP,
} from "../../support/tiny-encoder.ts";
import { createTinyProvider, createTinySourceModel } from "../../support/tiny-engine.ts";
import { createTinyModel, TINY_SHAPE } from "../../support/tiny-model.ts";
import { createCall } from "./create-call.ts";

// Each test starts engines of its own, which takes seconds where others want the cores too.
vi.setConfig({ testTimeout: 120_000 });

const providers: LlamaCppProvider[] = [];
afterEach(() => Promise.all(providers.splice(0).map((provider) => provider.close(0))));

function open(models: readonly SourceModel[], options: Partial<LlamaCppProviderOptions> = {}) {
  const provider = createTinyProvider({ source: createFixedModelSource(models), ...options });
  providers.push(provider);
  return provider;
}

const encoder = (fields: Parameters<typeof createTinyEncoder>[0] & { name?: string } = {}): SourceModel => ({
  name: fields.name ?? "encoder",
  path: createTinyEncoder(fields),
  version: `${fields.name ?? "encoder"}@1`,
  created: 1_700_000_000,
});
const decoder = (poolingType: number): SourceModel => ({
  ...createTinySourceModel("decoder"),
  path: createTinyModel({ poolingType }),
});

interface Asked extends Partial<Omit<EmbedCall, "request">> {
  readonly fields?: Partial<EmbeddingsRequest>;
}

async function ask(provider: LlamaCppProvider, input: EmbeddingsRequest["input"], asked: Asked = {}) {
  const { fields, ...call } = asked;
  const embed = provider.embed ?? expect.fail("the provider makes no embeddings");
  return await embed({
    request: { model: "asked", input, ...fields },
    bodyText: "",
    model: "default",
    signal: new AbortController().signal,
    priority: "primary",
    ...call,
  });
}

async function readVectors(...asked: Parameters<typeof ask>): Promise<number[][]> {
  const { embeddings } = await ask(...asked);
  return embeddings.data.map(({ embedding }) =>
    typeof embedding === "string" ? expect.fail("numbers were asked for") : embedding,
  );
}

async function readVector(...asked: Parameters<typeof ask>): Promise<number[]> {
  const [vector] = await readVectors(...asked);
  return vector ?? expect.fail("there is no vector");
}

const idsOf = (...words: string[]) => words.map((word) => ENCODER_TOKENS.indexOf(`\u2581${word}`));

describe("an encoder's embeddings", () => {
  it.each(["mean", "cls", "last"] as const)(
    "are what its paper's formulas give, pooled by %s",
    async (pooling) => {
      const provider = open([encoder({ pooling })]);
      const tokens = [CLS, ...idsOf("hello", "black", "dress"), SEP];
      const states = computeEncoderStates(tokens);
      const pooled = { mean: states.reduce(add), cls: states[0], last: states.at(-1) }[pooling];
      const expected = toUnitLength(pooled ?? []);
      const vector = await readVector(provider, "Hello black dress");
      expect(vector).toHaveLength(ENCODER_SHAPE.width);
      // llama.cpp looks its activation function up in a table of half-precision numbers.
      for (const [at, value] of vector.entries())
        expect(Math.abs(value - (expected[at] ?? 0))).toBeLessThan(2e-3);
      expect(dot(vector, expected)).toBeGreaterThan(0.99999);
    },
  );

  it("are the same for a text alone, in a batch, at the same time as others and as token ids", async () => {
    const provider = open([encoder()]);
    const alone = await readVector(provider, "hello world");
    const batch = await readVectors(provider, ["red shoes", "hello world", "the", "hello world"]);
    expect([batch[1], batch[3]]).toEqual([alone, alone]);
    expect(batch[0]).not.toEqual(alone);
    const together = await Promise.all(
      ["hello world", "red", "hello world"].map((text) => readVector(provider, text)),
    );
    expect([together[0], together[2]]).toEqual([alone, alone]);
    expect(await readVector(provider, idsOf("hello", "world"))).toEqual(alone);
    expect(await readVectors(provider, [idsOf("the"), [CLS, ...idsOf("hello", "world"), SEP]])).toEqual([
      batch[2],
      alone,
    ]);
  });

  it("have length 1, tell their tokens and come as base64 of the very same floats", async () => {
    const provider = open([encoder()]);
    const input = ["hello world", "the black dress"];
    const numbers = await ask(provider, input);
    expect(numbers.embeddings).toMatchObject({
      object: "list",
      data: [{ object: "embedding", index: 0 }, { index: 1 }],
      usage: { prompt_tokens: 9, total_tokens: 9 },
    });
    expect(numbers.facts).toMatchObject({ modelVersion: "encoder@1", dropped: [] });
    const vectors = await readVectors(provider, input);
    for (const vector of vectors) {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
      expect(dot(vector, vector)).toBeCloseTo(1, 6);
    }
    const packed = await ask(provider, input, { fields: { encoding_format: "base64" } });
    const unpacked = packed.embeddings.data.map(({ embedding }) => {
      const bytes = Buffer.from(String(embedding), "base64");
      return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
    });
    expect(unpacked).toEqual(vectors);
  });

  it("of white space are those of nothing between the ends", async () => {
    const provider = open([encoder()]);
    const { embeddings } = await ask(provider, "  \n ");
    expect(embeddings.usage?.prompt_tokens).toBe(2);
    const expected = toUnitLength(computeEncoderStates([CLS, SEP]).reduce(add));
    expect(dot(await readVector(provider, "   "), expected)).toBeGreaterThan(0.99999);
  });

  it("of a typed special token are those of its letters", async () => {
    const provider = open([encoder()]);
    const { embeddings } = await ask(provider, "[SEP]");
    expect(embeddings.usage?.prompt_tokens).toBeGreaterThan(3);
  });

  it("take an input as long as the context, refuse a longer one whole, and go on", async () => {
    const provider = open([encoder({ contextLength: 64 })]);
    const words = (count: number) => Array.from({ length: count }, () => "the").join(" ");
    const { embeddings } = await ask(provider, words(62));
    expect(embeddings.usage?.prompt_tokens).toBe(64);
    await expect(ask(provider, ["the", words(63)])).rejects.toMatchObject({
      kind: "context_length_exceeded",
      code: "context_length_exceeded",
      param: "input[1]",
      message:
        "This model's maximum context length is 64 tokens, however you requested 65 tokens " +
        "(65 in your prompt; 0 for the completion). Please reduce your prompt; or completion length.",
    });
    await expect(ask(provider, idsOf(...words(63).split(" ")))).rejects.toMatchObject({ param: "input" });
    await expect(ask(provider, "w".repeat(3_000_000))).rejects.toMatchObject({
      kind: "context_length_exceeded",
      message: expect.stringContaining("your input has a length of 3000000"),
    });
    expect((await ask(provider, words(62))).embeddings).toEqual(embeddings);
    expect(provider.stats()).toMatchObject({ restarts: 0, embeddings: { slots: { busy: 0 } } });
  });

  it("know only ids of the model's own vocabulary", async () => {
    const provider = open([encoder()]);
    await expect(ask(provider, [[5], [5, 99_999]])).rejects.toMatchObject({
      kind: "invalid_request",
      param: "input[1][1]",
      code: "invalid_value",
    });
  });

  it("come whole in one request of 2,048 inputs", async () => {
    const provider = open([encoder()]);
    const input = Array.from({ length: 2048 }, (_, at) => (at % 2 === 0 ? "hello" : "world"));
    const vectors = await readVectors(provider, input);
    expect(vectors).toHaveLength(2048);
    expect(new Set(vectors.map((vector) => vector.join())).size).toBe(2);
    expect(provider.stats().embeddings).toMatchObject({ inputs: 2048, tokens: 3 * 2048 });
  });

  it("leave out what the request says besides, and say so", async () => {
    const provider = open([encoder()]);
    const { facts } = await ask(provider, "the", { fields: { user: "u", input_type: "query" } });
    expect(facts.dropped).toEqual(["input_type"]);
  });
});

describe("dimensions", () => {
  const { width } = ENCODER_SHAPE;

  it("are taken when they are the model's own, else refused", async () => {
    const provider = open([encoder()]);
    const whole = await readVector(provider, "hello");
    expect(await readVector(provider, "hello", { fields: { dimensions: width } })).toEqual(whole);
    await expect(ask(provider, "hello", { fields: { dimensions: 8 } })).rejects.toMatchObject({
      kind: "invalid_request",
      message: "This model does not support specifying dimensions.",
      param: "dimensions",
    });
  });

  it("shorten the vectors of a Matryoshka model to length 1 again", async () => {
    const provider = open([{ ...encoder(), embeddings: { isOn: true, isMatryoshka: true } }]);
    const whole = await readVector(provider, "hello");
    const short = await readVector(provider, "hello", { fields: { dimensions: 8 } });
    expect(short).toHaveLength(8);
    for (const [at, value] of toUnitLength(whole.slice(0, 8)).entries())
      expect(short[at]).toBeCloseTo(value, 6);
    await expect(ask(provider, "hello", { fields: { dimensions: width + 1 } })).rejects.toMatchObject({
      message: `Invalid value for 'dimensions' = ${width + 1}. Must be less than or equal to ${width}.`,
    });
  });
});

describe("a decoder's embeddings", () => {
  const text = "the black dress and the red shoes of the user";

  it("pooled by last are computed in batches, and those of the library in one piece", async () => {
    const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false });
    const long = Array.from({ length: 40 }, () => text).join(" ");
    const model = decoder(POOLING.last);
    const library = await llama.loadModel({ modelPath: model.path });
    const context = await library.createEmbeddingContext({ contextSize: 2048, batchSize: 2048, threads: 1 });
    const expected = toUnitLength((await context.getEmbeddingFor(long)).vector);
    await llama.dispose();
    const provider = open([model]);
    const { embeddings } = await ask(provider, long);
    // More than the 64 tokens of a batch.
    expect(embeddings.usage?.prompt_tokens).toBeGreaterThan(300);
    const vector = await readVector(provider, long);
    expect(vector).toHaveLength(TINY_SHAPE.width);
    expect(dot(vector, expected)).toBeGreaterThan(0.99999);
  });

  it("pooled by mean are the mean of the last states of all its beginnings", async () => {
    const tokens = [...Array(70).keys()].map((at) => 20 + ((at * 37) % 200));
    const last = open([decoder(POOLING.last)]);
    const beginnings = tokens.map((_, at) => tokens.slice(0, at + 1));
    const states = await readVectors(last, beginnings);
    const mean = open([decoder(POOLING.mean)]);
    // The tiny model's output norm has no weights, so its states are equally long.
    const expected = toUnitLength(states.reduce((sum, state) => [...add(sum, state)]));
    expect(dot(await readVector(mean, tokens), expected)).toBeGreaterThan(0.9999);
  });

  it("are made only where its file or the registry says so", async () => {
    const plain = createTinySourceModel("plain");
    const told = { ...plain, name: "told", embeddings: { isOn: true, isMatryoshka: false } };
    const mean = { ...told, name: "mean", embeddings: { ...told.embeddings, pooling: "mean" } } as const;
    const untold = {
      ...decoder(POOLING.last),
      name: "untold",
      embeddings: { isOn: false, isMatryoshka: false },
    };
    const provider = open([plain, told, mean, untold, { ...decoder(POOLING.last), name: "marked" }]);
    const able = ["plain", "told", "mean", "untold", "marked", "default", "nobody"];
    expect(able.map((name) => provider.canEmbed?.(name))).toEqual([
      false,
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
    await expect(ask(provider, text, { model: "plain" })).rejects.toMatchObject({
      code: "model_not_supported",
    });
    await expect(ask(provider, text, { model: "nobody" })).rejects.toMatchObject({ code: "model_not_found" });
    const [byLast, byMean, marked] = [
      await readVector(provider, text, { model: "told" }),
      await readVector(provider, text, { model: "mean" }),
      await readVector(provider, text, { model: "marked" }),
    ];
    // Its last token's state, where nobody says more.
    expect(byLast).toEqual(marked);
    expect(dot(byLast, byMean)).toBeLessThan(0.99);
    // It writes as before.
    const { completion } = await provider.complete(createCall({ max_tokens: 4 }, { model: "told" }));
    expect(completion.choices[0]?.message.content).toBeTypeOf("string");
    expect(provider.stats().models.find(({ name }) => name === "told")?.uses).toEqual(["text", "embeddings"]);
  });
});

describe("which files make embeddings", () => {
  it.each([
    ["an encoder with a pooling", { pooling: "cls" }, undefined, true],
    ["an encoder without", { pooling: null }, undefined, false],
    ["an encoder without, told to be used", { pooling: "none" }, { isOn: true, isMatryoshka: false }, false],
    [
      "an encoder without, given one",
      { pooling: null },
      { isOn: true, pooling: "mean", isMatryoshka: false },
      true,
    ],
    ["a reranker", { pooling: "rank" }, undefined, false],
  ] as const)("%s", async (_what, fields, embeddings, can) => {
    const provider = open([{ ...encoder(fields), embeddings }]);
    expect(provider.canEmbed?.("default")).toBe(can);
    if (!can) return;
    expect(await readVector(provider, "hello")).toHaveLength(ENCODER_SHAPE.width);
  });

  it("is looked up in the registry's words before the file's, and given pooling is used", async () => {
    const given = { isOn: true, pooling: "mean", isMatryoshka: false } as const;
    const provider = open([
      { ...encoder({ pooling: "cls" }), embeddings: given },
      encoder({ name: "own", pooling: "mean" }),
    ]);
    expect(await readVector(provider, "hello")).toEqual(
      await readVector(provider, "hello", { model: "own" }),
    );
  });

  it("is loaded ahead of the first call when it is the default, and cannot write", async () => {
    const provider = open([encoder()]);
    await vi.waitFor(() => expect(provider.health().state).toBe("ready"), { timeout: 60_000 });
    await expect(provider.complete(createCall())).rejects.toMatchObject({
      kind: "model_not_found",
      code: "model_not_supported",
      message: "The model 'encoder' does not write text.",
    });
    expect(provider.stats().models).toMatchObject([{ state: "loaded", uses: ["embeddings"] }]);
    expect(await readVector(provider, "hello")).toHaveLength(ENCODER_SHAPE.width);
    expect(provider.health().state).toBe("ready");
  });

  it("that are missing or damaged say so at the call", async () => {
    const provider = open([{ ...encoder(), path: "/nowhere/encoder.gguf" }]);
    await expect(ask(provider, "hello")).rejects.toMatchObject({
      kind: "unavailable",
      code: "model_not_loaded",
      message: expect.stringContaining("the model file is missing"),
    });
  });
});

describe("calls for embeddings", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => (at % 2 === 0 ? "hello" : "world"));

  it("wait in a line of their own, primary first, and are refused beyond it", async () => {
    const provider = open([encoder()], { maxWaiting: 2 });
    await ask(provider, "the");
    const order: string[] = [];
    const note = (name: string, priority: "primary" | "shadow", count = 300) =>
      ask(provider, many(count), { priority }).then(() => order.push(name));
    const first = Array.from({ length: 4 }, (_, at) => note(`first ${at}`, "primary"));
    const shadow = note("shadow", "shadow", 1).catch(() => order.push("shadow refused"));
    const waiting = [note("waiting", "primary", 1), note("waiting too", "primary", 1)];
    await expect(ask(provider, "the")).rejects.toMatchObject({
      kind: "overloaded",
      code: "engine_overloaded",
      retryAfterMs: expect.any(Number),
    });
    await Promise.all([...first, shadow, ...waiting]);
    // Pushed out by primary calls that came later.
    expect(order[0]).toBe("shadow refused");
    expect(order).toHaveLength(7);
    expect(provider.stats().embeddings.queue.refused).toBe(2);
    expect(provider.stats().queue.refused).toBe(0);
  });

  it("take turns: one input need not wait for the end of two thousand", async () => {
    const provider = open([encoder()]);
    await ask(provider, "the");
    let isOver = false;
    const long = ask(provider, many(2048)).then(() => {
      isOver = true;
    });
    await ask(provider, "the");
    expect(isOver).toBe(false);
    await long;
  });

  it("end with their signal, give their place back and leave the engine as it was", async () => {
    const provider = open([encoder()]);
    await ask(provider, "the");
    const controller = new AbortController();
    const reason = new Error("the client left");
    const asked = ask(provider, many(2048), { signal: controller.signal });
    await expect.poll(() => provider.stats().embeddings.slots.busy, { interval: 1 }).toBe(1);
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect.poll(() => provider.stats().embeddings.slots.busy, { interval: 5 }).toBe(0);
    expect(provider.stats().embeddings.inputs).toBe(1);
    await expect(ask(provider, "the", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await readVector(provider, "the")).toHaveLength(ENCODER_SHAPE.width);
  });

  it("are lost with an engine that is killed, and answered by the next", async () => {
    const provider = open([encoder()]);
    const before = await readVector(provider, "hello");
    const asked = ask(provider, many(2048));
    await expect.poll(() => provider.stats().embeddings.slots.busy, { interval: 1 }).toBe(1);
    process.kill(provider.stats().processId ?? 0, "SIGKILL");
    await expect(asked).rejects.toMatchObject({ kind: "unavailable", code: "engine_unavailable" });
    await expect.poll(() => provider.health().state, { timeout: 60_000 }).toBe("ready");
    expect(await readVector(provider, "hello")).toEqual(before);
    expect(provider.stats()).toMatchObject({ restarts: 1, embeddings: { slots: { busy: 0 } } });
  });

  it("go on beside answers that are being written", async () => {
    const writer = createTinySourceModel("writer");
    const provider = open([writer, encoder()]);
    const alone = await provider.complete(createCall({ max_tokens: 60, temperature: 0 }));
    const [{ completion }, vectors] = await Promise.all([
      provider.complete(createCall({ max_tokens: 60, temperature: 0 })),
      readVectors(provider, many(200), { model: "encoder" }),
    ]);
    expect(completion.choices[0]?.message.content).toBe(alone.completion.choices[0]?.message.content);
    expect(vectors).toHaveLength(200);
  });

  it("load their model within the memory budget", async () => {
    const writer = createTinySourceModel("writer");
    const other = encoder({ contextLength: 64 });
    const probe = open([writer, other]);
    await probe.complete(createCall({ max_tokens: 1 }));
    await ask(probe, "the", { model: "encoder" });
    const bytes = probe
      .stats()
      .models.map(({ weightBytes, contextBytes }) => (weightBytes ?? 0) + (contextBytes ?? 0));
    const [writerBytes = 0, encoderBytes = 0] = bytes;
    const provider = open([writer, other], { memoryBudgetBytes: writerBytes + encoderBytes / 2 });
    await provider.complete(createCall({ max_tokens: 1 }));
    await ask(provider, "the", { model: "encoder" });
    expect(provider.stats().models.map(({ state }) => state)).toEqual(["idle", "loaded"]);
    const tight = open([encoder({ contextLength: 4096 })], { memoryBudgetBytes: 10_000_000 });
    await expect(ask(tight, "the")).rejects.toMatchObject({
      code: "model_not_loaded",
      message: expect.stringMatching(/not enough memory: it needs \d+ MB/),
    });
  });
});
