import type { LlamaContext, Token } from "node-llama-cpp";
import { expect, it } from "vitest";
import { FREE_FORM } from "../../../src/providers/llama-cpp/engine/grammar-form.ts";
import type { JobRun } from "../../../src/providers/llama-cpp/engine/job-run.ts";
import type { NgramTable } from "../../../src/providers/llama-cpp/engine/ngram-table.ts";
import { createTokenGuesser } from "../../../src/providers/llama-cpp/engine/token-guesser.ts";
import { createTokenMemories } from "../../../src/providers/llama-cpp/engine/token-memory.ts";

const toTokens = (ids: readonly number[]) => ids as unknown as readonly Token[];

const ROUND = toTokens([11, 12, 13, 14, 15, 16, 17, 18]);
const THREE_ROUNDS = [...ROUND, ...ROUND, ...ROUND];

interface Given {
  readonly price?: number;
  readonly isRepeatable?: boolean;
  readonly prompt?: readonly Token[];
  readonly earlier?: readonly Token[];
  readonly ngrams?: Pick<NgramTable, "recall"> | null;
}

/** How many tokens are guessed in an answer that goes round once more, beside other answers. */
function countGuesses(
  priority: "primary" | "shadow",
  slots: { busy: number; busyPrimaries: number },
  { price = 0.4, isRepeatable = false, prompt = THREE_ROUNDS, earlier = [], ngrams = null }: Given = {},
): number {
  const memory = createTokenMemories().of({} as LlamaContext);
  memory.learn(earlier, 0);
  // Only what the guesser asks of a run.
  const run = {
    job: { priority, sampling: { isRepeatable } },
    loaded: {
      slots,
      model: { gpuLayers: 0, isEogToken: () => false },
      guessPrice: { value: price, assumed: 0.4 },
      ngrams,
    },
    jumpsForward: true,
    memory,
    promptTokens: prompt,
  } as unknown as JobRun;
  const guesser = createTokenGuesser(run);
  guesser.learn(ROUND.slice(0, 6));
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
  const alone = { busy: 1, busyPrimaries: 1 };
  const given = { prompt: toTokens([1]), earlier: THREE_ROUNDS };
  expect(countGuesses("primary", alone, given)).toBeGreaterThan(0);
  expect(countGuesses("primary", alone, { ...given, isRepeatable: true })).toBe(0);
  // What it may know is the same each time: the prompt, and what was counted before.
  const repeated = countGuesses("primary", alone, { isRepeatable: true });
  expect(repeated).toBeGreaterThan(0);
  expect(countGuesses("primary", alone, { isRepeatable: true, earlier: THREE_ROUNDS, price: 0.7 })).toBe(
    repeated,
  );
});

it("guesses what was counted over a data set, and of two the likelier", () => {
  const alone = { busy: 1, busyPrimaries: 1 };
  const tell = (share: number) => ({ recall: () => ({ token: toTokens([99])[0] ?? fail(), share }) });
  const unknown = { prompt: toTokens([1]), isRepeatable: true };
  expect(countGuesses("primary", alone, { ...unknown, ngrams: tell(0.99) })).toBeGreaterThan(1);
  expect(countGuesses("primary", alone, { ...unknown, ngrams: tell(0.1) })).toBe(0);
  const fromMemory = countGuesses("primary", alone, { ngrams: tell(0.1) });
  expect(fromMemory).toBeGreaterThan(0);
  expect(fromMemory, "two sources are trusted less").toBeLessThanOrEqual(countGuesses("primary", alone));
});

function fail(): never {
  throw new Error("no token");
}
