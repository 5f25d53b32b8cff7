import { afterAll, expect, it } from "vitest";
import { askRandomSchemas } from "./ask-random-schemas.ts";
import { createTinyProvider } from "./tiny-engine.ts";

/** `invalid_response`: the grammar left something open, and the check of the whole answer found it broken. */
const CLEAR_REFUSAL = /^(invalid_request|overloaded|invalid_response)$/;

/** The same test for a few schemas in every run and for many in the long one. */
export function testSchemasThroughProvider(options: { readonly count: number; readonly seed: number }): void {
  const provider = createTinyProvider({ sequences: 4, maxWaiting: 64 });
  afterAll(() => provider.close(0));

  it(`${options.count} random schemas are answered or refused in time, and the engine never ends over one`, {
    timeout: 600_000,
  }, async () => {
    const asked = await askRandomSchemas(provider, options);
    const select = (kind: string) => asked.filter(({ outcome }) => outcome.kind === kind);
    expect(select("hanging")).toEqual([]);
    // Compiling has a deadline of its own and an answer a cap of tokens: only behind several slow schemas is one late.
    expect(select("late").length / options.count).toBeLessThan(0.02);
    expect(asked.filter(({ fault }) => fault !== null)).toEqual([]);
    expect(
      asked.filter(({ outcome }) => outcome.kind === "refused" && !CLEAR_REFUSAL.test(outcome.errorKind)),
    ).toEqual([]);
    // It would mean little if nearly all were refused.
    expect(select("answered").length / options.count).toBeGreaterThan(0.2);
    expect(provider.stats()).toMatchObject({ restarts: 0, slots: { busy: 0 }, queue: { length: 0 } });
  });
}
