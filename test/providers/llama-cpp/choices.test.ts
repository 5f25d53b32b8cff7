import { expect, it } from "vitest";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

it("gives more choices than there are slots, however short a line may be and a wait", async () => {
  const provider = createTinyProvider({ sequences: 1, maxWaiting: 1, maxWaitMs: 1 });
  const call = createCall({ n: 4, temperature: 1, seed: 1, max_tokens: 24 });
  const { completion } = await provider.complete(call);
  expect(completion.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  expect(provider.stats().queue).toMatchObject({ length: 0, refused: 0 });
  await provider.close(0);
});
