import type { Token } from "node-llama-cpp";
import type { AnswerForm } from "./grammar-form.ts";
import type { JobRun } from "./job-run.ts";
import { createAnswerMemory, MEMORY_TOKENS, type Recalled } from "./token-memory.ts";
import { tokenizeContinuation } from "./tokenize-prompt.ts";

export interface TokenGuesser {
  /** Tells what the answer holds now. */
  learn(tokens: readonly Token[]): void;
  /** What probably comes next, as far as evaluating it pays; begins with `first`. */
  guess(first: readonly Token[], place: GuessPlace): Token[];
}

interface GuessPlace {
  readonly form: Pick<AnswerForm, "peek">;
  /** The sampler draws; else it takes the likeliest token. */
  readonly isDrawn: boolean;
  /** What stands behind all that was learned, and may be taken back. */
  readonly behind?: readonly Token[];
}

/** Of a long prompt only the end is learned: it holds what the answer is about. */
const MAX_PROMPT_TOKENS = 1024;

const MAX_CPU_GUESSES = 8;
const MAX_GPU_GUESSES = 16;

/** The likelier of what two sources tell comes true less often than it says: it has to be worth so many times its price. */
const CAUTION = 1.4;
const MOST_CERTAIN = 0.9;

/**
 * Guesses from what followed the same tokens before, in this prompt, in earlier answers and in what the model learned
 * from (`ngram-table.ts`), and from the grammar.
 */
export function createTokenGuesser(run: JobRun): TokenGuesser {
  const { model, guessPrice, ngrams } = run.loaded;
  // What is guessed decides how many tokens a decode has, and so its last digits: where the same answer is counted on,
  // neither earlier answers nor measurements may make a difference.
  const { isRepeatable } = run.job.sampling;
  const memory = isRepeatable ? createAnswerMemory() : run.memory;
  const isCpu = model.gpuLayers === 0;
  const known = run.promptTokens.slice(-MAX_PROMPT_TOKENS);
  const promptLength = known.length;
  memory.learn(known, 0);

  /**
   * What stands behind the last guess is sampled too. Where text is forced a draw could write it in other tokens than
   * those that jumping puts in place, and the answer to a seed would depend on what could be guessed.
   */
  function trimBeforeForced(guesses: readonly Token[], form: GuessPlace["form"]): Token[] {
    let count = guesses.length;
    while (count > 0 && form.peek(guesses.slice(0, count))?.text) count--;
    return guesses.slice(0, count);
  }

  function recall(end: readonly Token[]): Recalled | null {
    const live = memory.recall(end);
    const counted = ngrams?.recall(end) ?? null;
    return (live?.share ?? 0) >= (counted?.share ?? 0) ? live : counted;
  }

  return {
    learn(tokens) {
      const start = known.length;
      known.push(...tokens);
      memory.learn(known, start);
    },
    guess(first, { form, isDrawn, behind = [] }) {
      if (!run.jumpsForward) return [];
      // It is waited for.
      const isFirstText = known.length + behind.length === promptLength;
      if (isFirstText || sharesSteps(run)) return [...first];
      const end = [...[...known.slice(-MEMORY_TOKENS), ...behind].slice(-MEMORY_TOKENS), ...first];
      const heldBack = end.length - first.length;
      const most = heldBack + (isCpu ? MAX_CPU_GUESSES : MAX_GPU_GUESSES);
      const price = isRepeatable ? guessPrice.assumed : guessPrice.value;
      const least = ngrams === null ? price : Math.min(MOST_CERTAIN, price * CAUTION);
      let share = 1;
      while (end.length < most) {
        const ahead = form.peek(end.slice(heldBack));
        // Nothing is sampled behind the last text: it need not be evaluated.
        if (ahead === null || ahead.isOver) break;
        if (ahead.text !== "") {
          if (isDrawn) break;
          end.push(...tokenizeContinuation(model, ahead.text));
          continue;
        }
        const recalled = recall(end);
        share *= recalled?.share ?? 0;
        if (recalled === null || share < least || model.isEogToken(recalled.token)) break;
        if (form.peek([...end.slice(heldBack), recalled.token]) === null) break;
        end.push(recalled.token);
      }
      const guesses = end.slice(heldBack, most);
      return isDrawn ? trimBeforeForced(guesses, form) : guesses;
    },
  };
}

/**
 * Answers in one decode go on by a token each (see batch-order.ts): a guess would save none of them a decode. Shadows do
 * not hold up a primary's steps, so only other primaries count for it.
 */
function sharesSteps({ job, loaded }: JobRun): boolean {
  const { busy, busyPrimaries } = loaded.slots;
  return (job.priority === "primary" ? busyPrimaries : busy) > 1;
}
