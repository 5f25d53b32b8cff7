/** A prompt's tokens take less than a decode of one each: 0.34 and 0.4 of it were measured (135M Q5_0, 1.1B Q4_K_M). */
const PROMPT_SHARE = 0.4;
/** What a batch of a prompt may take: so long it holds up the tokens of other answers. */
const MOST_BATCH_MS = 1000;
const LEAST_TOKENS = 8;

interface BatchOptions {
  readonly most: number;
  /** Time of a decode of one token; null when it is not known. */
  readonly msPerToken: number | null;
  readonly sequences: number;
}

/**
 * Tokens of a decode: `most`, or fewer (8 at least, and one for each sequence) where the model is so large that these
 * would take more than a second of a prompt.
 */
export function pickBatchTokens({ most, msPerToken, sequences }: BatchOptions): number {
  if (msPerToken === null) return most;
  const fitting = Math.floor(MOST_BATCH_MS / (PROMPT_SHARE * msPerToken));
  return Math.min(most, Math.max(LEAST_TOKENS, sequences, fitting));
}
