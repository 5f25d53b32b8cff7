import type { LlamaContext, Token } from "node-llama-cpp";
import { expect, it } from "vitest";
import { FREE_FORM } from "../../../src/providers/llama-cpp/engine/grammar-form.ts";
import type { JobRun } from "../../../src/providers/llama-cpp/engine/job-run.ts";
import { createTokenGuesser } from "../../../src/providers/llama-cpp/engine/token-guesser.ts";
import { createTokenMemories } from "../../../src/providers/llama-cpp/engine/token-memory.ts";

const toTokens = (ids: readonly number[]) => ids as unknown as readonly Token[];

/** How many tokens are guessed in an answer that repeats its prompt, beside other answers. */
function countGuesses(
  priority: "primary" | "shadow",
  slots: { busy: number; busyPrimaries: number },
  { price = 0.4, isRepeatable = false } = {},
): number {
  const round = toTokens([11, 12, 13, 14, 15, 16, 17, 18]);
  // Only what the guesser asks of a run.
  const run = {
    job: { priority, sampling: { isRepeatable } },
    loaded: { slots, model: { gpuLayers: 0, isEogToken: () => false }, guessPrice: { value: price } },
    jumpsForward: true,
    memory: createTokenMemories().of({} as LlamaContext),
    promptTokens: [...round, ...round, ...round],
  } as unknown as JobRun;
  const guesser = createTokenGuesser(run);
  guesser.learn(round.slice(0, 6));
  return guesser.guess([], { form: FREE_FORM, isDrawn: false }).length;
}

it("guesses in a primary answer whatever shadows run beside it", () => {
  expect(countGuesses("primary", { busy: 1, busyPrimaries: 1 })).toBeGreaterThan(0);
  expect(countGuesses("primary", { busy: 3, busyPrimaries: 1 })).toBeGreaterThan(0);
});

it("guesses in no primary answer beside another, and in no shadow beside anything", () => {
  expect(countGuesses("primary", { busy: 2, busyPrimaries: 2 })).toBe(0);
  expect(countGuesses("shadow", { busy: 2, busyPrimaries: 1 })).toBe(0);
  expect(countGuesses("shadow", { busy: 2, busyPrimaries: 0 })).toBe(0);
  expect(countGuesses("shadow", { busy: 1, busyPrimaries: 0 })).toBeGreaterThan(0);
});

it("guesses less where a further token costs more", () => {
  const alone = { busy: 1, busyPrimaries: 1 };
  expect(countGuesses("primary", alone, { price: 0.2 })).toBeGreaterThan(
    countGuesses("primary", alone, { price: 0.6 }),
  );
});

it("guesses nothing from earlier answers where the same seed is to give the same answer", () => {
  expect(countGuesses("primary", { busy: 1, busyPrimaries: 1 }, { isRepeatable: true })).toBe(0);
});
