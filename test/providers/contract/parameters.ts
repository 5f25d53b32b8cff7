import { expect, it } from "vitest";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { createAsk } from "./ask.ts";
import { joinText } from "./chunks.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";

export function describeParameters(call: MakeCall, harness: () => ProviderHarness): void {
  const { complete, stream } = createAsk(call, harness);

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

  it("stops before whichever of several strings comes first, at once and streamed", async () => {
    const whole = (await complete({})).choices[0]?.message.content ?? "";
    const [late, early] = [whole.slice(8, 11), whole.slice(3, 6)];
    const expected = whole.slice(0, Math.min(whole.indexOf(late), whole.indexOf(early)));
    const request = { stop: [late, "never to be written", early] };
    const { choices } = await complete(request);
    expect(choices[0]).toMatchObject({ finish_reason: "stop", message: { content: expected } });
    const chunks = await stream(request);
    expect(joinText(chunks)).toBe(expected);
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(["stop"]);
    const alone = await complete({ stop: early });
    expect(alone.choices[0]?.message.content).toBe(whole.slice(0, whole.indexOf(early)));
  });

  it("answers several times when asked to", async () => {
    const { choices } = await complete({ n: 2 });
    expect(choices.map(({ index }) => index).toSorted()).toEqual([0, 1]);
    const chunks = await stream({ n: 2 });
    const finished = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.finish_reason));
    expect(finished.map(({ index }) => index).toSorted()).toEqual([0, 1]);
  });

  it("draws the answers to one request apart", async () => {
    const request = { n: 2, temperature: 1.5, seed: 7, stream_options: { include_usage: true } };
    const { choices } = await complete({ ...request, stream_options: undefined });
    expect(new Set(choices.map(({ message }) => message.content)).size).toBe(2);
    const chunks = await stream(request);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } });
    for (const index of [0, 1]) {
      const pieces = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
      expect(pieces[0]?.delta.role).toBe("assistant");
      expect(pieces.filter(({ delta }) => delta.content).length).toBeGreaterThan(0);
    }
  });

  it("leans towards a token whose logit is raised", async () => {
    const { choices } = await complete({ logit_bias: { 40: 100 }, logprobs: true, max_tokens: 6 });
    const tokens = choices[0]?.logprobs?.content?.map(({ token }) => token) ?? [];
    expect(tokens).toHaveLength(6);
    expect(new Set(tokens).size).toBe(1);
  });

  it("takes what else requests commonly hold, and drops none of it", async () => {
    const request: Partial<ChatCompletionRequest> = {
      temperature: 0.7,
      top_p: 0.9,
      seed: 42,
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      user: "user-1",
      safety_identifier: "user-1",
      metadata: { team: "style" },
      store: false,
    };
    const { completion, facts } = await harness().provider.complete(call(request));
    expect(completion.choices[0]?.message.content).toEqual(expect.any(String));
    expect(facts.dropped).toEqual([]);
  });

  it("takes null for what was left out, as some clients write it", async () => {
    const names = ["stop", "n", "seed", "top_p", "presence_penalty", "frequency_penalty", "logit_bias"];
    const others = ["logprobs", "top_logprobs", "response_format", "tools", "tool_choice", "user"];
    const nothing = Object.fromEntries([...names, ...others].map((name) => [name, null]));
    const { choices } = await complete({ ...nothing });
    expect(choices[0]?.message.content).toBe((await complete({})).choices[0]?.message.content);
  });

  it("takes a developer's word as a system prompt", async () => {
    const user = { role: "user" as const, content: "hello" };
    const under = (role: "developer" | "system") =>
      complete({ messages: [{ role, content: "You answer in one word." }, user] });
    const [developer, system] = [await under("developer"), await under("system")];
    expect(developer.choices[0]?.message).toEqual(system.choices[0]?.message);
    expect(developer.usage?.prompt_tokens).toBe(system.usage?.prompt_tokens);
  });

  it("takes a text in parts for the text", async () => {
    const { choices, usage } = await complete({
      messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
    });
    const plain = await complete({});
    expect(choices[0]?.message.content).toBe(plain.choices[0]?.message.content);
    expect(usage?.prompt_tokens).toBe(plain.usage?.prompt_tokens);
  });
}
