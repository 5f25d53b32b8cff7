import { expect, it } from "vitest";
import type { ChoiceLogprobs, TokenLogprob } from "../../../src/protocol/chat-logprobs.ts";
import { createAsk } from "./ask.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";

export function describeLogprobs(call: MakeCall, harness: () => ProviderHarness): void {
  const { complete, stream } = createAsk(call, harness);
  const request = { logprobs: true, top_logprobs: 2 };

  it("tells the log probability of every token, with its bytes and the likeliest beside it", async () => {
    const { choices, usage } = await complete(request);
    const tokens = readTokens(choices[0]?.logprobs);
    expect(tokens).toHaveLength(usage?.completion_tokens ?? -1);
    for (const token of tokens) expectLikely(token);
    const bytes = Buffer.from(tokens.flatMap((token) => token.bytes ?? []));
    expect(bytes.toString("utf8")).toBe(choices[0]?.message.content);
  });

  it("streams the same log probabilities beside the text they belong to", async () => {
    const { choices } = await complete(request);
    const chunks = await stream(request);
    const streamed = chunks.flatMap(({ choices }) => readTokens(choices[0]?.logprobs));
    const names = (tokens: readonly TokenLogprob[]) => tokens.map(({ token }) => token);
    expect(names(streamed)).toEqual(names(readTokens(choices[0]?.logprobs)));
    for (const token of streamed) expectLikely(token);
  });
}

function readTokens(logprobs: ChoiceLogprobs | null | undefined): readonly TokenLogprob[] {
  return logprobs?.content ?? [];
}

/** Greedy decoding takes the likeliest. */
function expectLikely({ token, logprob, bytes, top_logprobs: top }: TokenLogprob): void {
  expect(logprob).toBeLessThanOrEqual(0);
  expect(top).toHaveLength(2);
  expect(top[0]).toMatchObject({ token, bytes });
  expect(top[0]?.logprob).toBeCloseTo(logprob, 3);
  expect(top[1]?.logprob).toBeLessThanOrEqual(top[0]?.logprob ?? Number.NEGATIVE_INFINITY);
}
