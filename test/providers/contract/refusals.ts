import { expect, it } from "vitest";
import { collect } from "./chunks.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";
import { clock } from "./tool-set.ts";

export function describeRefusals(call: MakeCall, harness: () => ProviderHarness): void {
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

  it("refuses a schema that is none", async () => {
    const format = { type: "json_schema" as const, json_schema: { name: "x", schema: { type: "strin" } } };
    const refused = harness().provider.complete(call({ response_format: format }));
    await expect(refused).rejects.toMatchObject({ name: "ProviderError", kind: "invalid_request" });
  });

  it("refuses to call a function that nobody defined, at once and streamed", async () => {
    const tools = [clock];
    for (const request of [
      { tools, tool_choice: { type: "function" as const, function: { name: "unknown" } } },
      { tool_choice: "required" as const },
    ]) {
      const expected = { name: "ProviderError", kind: "invalid_request", param: "tool_choice" };
      await expect(harness().provider.complete(call(request))).rejects.toMatchObject(expected);
      const streamed = harness()
        .provider.stream(call({ ...request, stream: true }))
        .then(({ chunks }) => collect(chunks));
      await expect(streamed).rejects.toMatchObject(expected);
    }
  });
}
