import { expect, it } from "vitest";
import { collect } from "./chunks.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";

export function describeAborts(call: MakeCall, harness: () => ProviderHarness): void {
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
