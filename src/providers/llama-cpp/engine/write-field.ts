import type { Token } from "node-llama-cpp";
import type { ConstraintStep } from "../../decoding-constraint.ts";
import { findFieldEnd } from "./field-end.ts";
import { createFieldGrammar, FIELD_ROOT } from "./field-grammar.ts";
import { guessInField } from "./field-guesses.ts";
import type { TailToken } from "./forced-tokens.ts";
import { createGrammarForm } from "./grammar-form.ts";
import { NOTHING_FORCED } from "./grammar-jump.ts";
import type { JobRun } from "./job-run.ts";
import { createSamplingOptions } from "./sampling-options.ts";
import { createTextDecoder } from "./text-decoder.ts";
import type { TokenGuesser } from "./token-guesser.ts";
import type { TokenStepper } from "./token-stepper.ts";

export interface WrittenField {
  /** Up to and including its stop when complete. */
  readonly text: string;
  readonly complete: boolean;
  /** The token sampled last, not evaluated yet; null when the model ended at once. */
  readonly tail: TailToken | null;
  /** The end of `text` behind the tail, which the grammar left no choice about: not evaluated either. */
  readonly forced: string;
  /** Where in the sequence the field's first token stands. */
  readonly start: number;
  /** The token before it. */
  readonly boundaryToken: Token;
}

interface FieldOptions {
  readonly step: Extract<ConstraintStep, { kind: "field" }>;
  readonly stepper: TokenStepper;
  readonly guesser: TokenGuesser;
  readonly feed: readonly Token[];
  /** The end of `feed` that the guesser has not learned. */
  readonly behind: readonly Token[];
  readonly temperature: number;
  readonly draw: number;
  readonly maxTokens: number;
  /** Tokens that the answer may still have. */
  readonly answerRoom: number;
}

export async function writeField(run: JobRun, options: FieldOptions): Promise<WrittenField> {
  const { step, stepper, guesser, temperature, draw, maxTokens } = options;
  const { model, context } = run.loaded;
  const boundaryToken = options.feed.at(-1);
  if (boundaryToken === undefined) throw new Error("a field needs a token before it");
  const place = { start: run.sequence.nextTokenIndex + options.feed.length, boundaryToken };
  const form = await createGrammarForm(run, { text: createFieldGrammar(step), root: FIELD_ROOT });
  const decoder = createTextDecoder(model, options.feed);
  const written: Token[] = [];
  const sampling = { ...run.job.sampling, temperature };
  // Penalties are for what the whole answer has written.
  const hasPenalty = sampling.presencePenalty !== 0 || sampling.frequencyPenalty !== 0;
  const earlier = hasPenalty ? listAnswer(run, options.feed) : [];
  const rules = createSamplingOptions({ model, sampling, draw, written: () => [...earlier, ...written] });
  stepper.use({ options: rules, grammar: form.grammar });

  let feed = options.feed;
  let text = "";
  let tail: TailToken | null = null;
  while (written.length < maxTokens) {
    let forced = NOTHING_FORCED;
    if (!decoder.holdsTokens) {
      const rest = form.forcedText;
      const whole = findFieldEnd(text + rest, step.stops);
      // Text that ends the field is left to be tokenised together with what follows.
      if (whole >= 0 && tail !== null) {
        const end = rest.slice(0, whole - text.length);
        return { ...place, text: (text + rest).slice(0, whole), complete: true, tail, forced: end };
      }
      if (whole < 0) forced = form.force();
    }
    const left = options.answerRoom - written.length;
    if (forced.sure.length >= left) {
      const fitting = forced.sure.slice(0, left);
      await run.sequence.evaluateWithoutGeneratingNewTokens([...feed, ...fitting]);
      for (const token of fitting) text += decoder.push(token);
      return { ...place, text: text + decoder.flush(), complete: false, tail: null, forced: "" };
    }
    for (const token of forced.sure) decoder.push(token);
    written.push(...forced.sure);
    text += forced.text;
    feed = [...feed, ...forced.sure];
    // Within a character nothing is known about the text to come.
    const guesses = decoder.holdsTokens
      ? []
      : guessInField(run, forced.guesses, {
          guesser,
          form,
          stops: step.stops,
          isDrawn: temperature > 0,
          behind: [...options.behind, ...written],
          text,
          room: Math.min(maxTokens - written.length, context.batchSize - feed.length) - 1,
        });
    const sampled = await stepper.step(feed, { guesses });
    for (const token of sampled) {
      if (model.isEogToken(token)) return { ...place, text, complete: false, tail, forced: "" };
      written.push(token);
      const decoded = decoder.push(token);
      text += decoded;
      form.advance(decoded);
      const end = findFieldEnd(text, step.stops);
      tail = { token, text: decoded, excess: end < 0 ? "" : text.slice(end) };
      if (end >= 0) return { ...place, text: text.slice(0, end), complete: true, tail, forced: "" };
    }
    feed = sampled.slice(-1);
  }
  return { ...place, text: text + decoder.flush(), complete: false, tail, forced: "" };
}

/** The answer's tokens before the field. */
function listAnswer(run: JobRun, feed: readonly Token[]): Token[] {
  return [...run.sequence.contextTokens, ...feed].slice(run.promptTokens.length);
}
