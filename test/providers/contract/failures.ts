import { expect, it } from "vitest";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import { collect } from "./chunks.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";

export function describeFailures(call: MakeCall, harness: () => ProviderHarness): void {
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
