import { expect, it } from "vitest";
import { chatCompletionChunkSchema } from "../../../src/protocol/chat-chunk.ts";
import { chatCompletionSchema } from "../../../src/protocol/chat-completion.ts";
import { collect, joinText } from "./chunks.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";

export function describeAnswers(call: MakeCall, harness: () => ProviderHarness): void {
  it("answers a chat completion in the wire format", async () => {
    const { completion, facts } = await harness().provider.complete(call());
    chatCompletionSchema.parse(completion);
    expect(completion.choices).toHaveLength(1);
    expect(typeof completion.choices[0]?.message.content).toBe("string");
    expect(completion.usage?.total_tokens).toBe(
      (completion.usage?.prompt_tokens ?? 0) + (completion.usage?.completion_tokens ?? 0),
    );
    expect(facts.dropped).toEqual([]);
    // What an upstream does with its model nobody can tell.
    expect(facts.decoding).toBe(harness().provider.kind === "llama-cpp" ? "free" : null);
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
