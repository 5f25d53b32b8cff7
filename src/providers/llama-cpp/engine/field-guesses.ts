import type { Token } from "node-llama-cpp";
import { findFieldEnd } from "./field-end.ts";
import type { AnswerForm } from "./grammar-form.ts";
import type { JobRun } from "./job-run.ts";
import { createTextDecoder } from "./text-decoder.ts";
import type { TokenGuesser } from "./token-guesser.ts";

interface FieldPlace {
  readonly guesser: TokenGuesser;
  readonly form: AnswerForm;
  readonly stops: readonly string[];
  readonly isDrawn: boolean;
  /** What stands behind all that the guesser has learned, the field's own tokens last. */
  readonly behind: readonly Token[];
  /** The field's text so far. */
  readonly text: string;
  /** Most guesses. */
  readonly room: number;
}

/**
 * What probably comes next in the field, beginning with `first`. What ends the field is left to be sampled last: so no
 * token behind it is.
 */
export function guessInField(run: JobRun, first: readonly Token[], place: FieldPlace): Token[] {
  const { guesser, stops, behind, room } = place;
  const guesses = guesser.guess(first, place).slice(0, Math.max(0, room));
  const decoder = createTextDecoder(run.loaded.model, behind);
  let { text } = place;
  const end = guesses.findIndex((token) => {
    text += decoder.push(token);
    return findFieldEnd(text, stops) >= 0;
  });
  return end < 0 ? guesses : guesses.slice(0, end);
}
