import type { Token } from "node-llama-cpp";
import type { ConstraintStep } from "../../decoding-constraint.ts";
import { createFieldGrammar, FIELD_ROOT } from "./field-grammar.ts";
import type { TailToken } from "./forced-tokens.ts";
import { createGrammarForm } from "./grammar-form.ts";
import type { JobRun } from "./job-run.ts";
import { createSamplingOptions } from "./sampling-options.ts";
import { createTextDecoder } from "./text-decoder.ts";
import type { TokenStepper } from "./token-stepper.ts";

export interface WrittenField {
  /** Up to and including `stop` when complete. */
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

type FieldStep = Extract<ConstraintStep, { kind: "field" }>;

export async function writeField(
  run: JobRun,
  options: {
    readonly step: FieldStep;
    readonly stepper: TokenStepper;
    readonly feed: readonly Token[];
    readonly temperature: number;
    readonly draw: number;
    readonly maxTokens: number;
  },
): Promise<WrittenField> {
  const { step, stepper, temperature, draw, maxTokens } = options;
  const boundaryToken = options.feed.at(-1);
  if (boundaryToken === undefined) throw new Error("a field needs a token before it");
  const place = { start: run.sequence.nextTokenIndex + options.feed.length, boundaryToken };
  const form = await createGrammarForm(run, { text: createFieldGrammar(step), root: FIELD_ROOT });
  const decoder = createTextDecoder(run.loaded.model, options.feed);
  const written: Token[] = [];
  const sampling = { ...run.job.sampling, temperature };
  const rules = createSamplingOptions({ model: run.loaded.model, sampling, draw, written: () => written });
  stepper.use({ options: rules, grammar: form.grammar });

  let feed = options.feed;
  let text = "";
  let tail: TailToken | null = null;
  while (written.length < maxTokens) {
    const [token] = await stepper.step(feed);
    if (token === undefined || run.loaded.model.isEogToken(token)) break;
    written.push(token);
    const decoded = decoder.push(token);
    text += decoded;
    form.advance(decoded);
    const end = findEnd(text, step);
    tail = { token, text: decoded, excess: end < 0 ? "" : text.slice(end) };
    if (end >= 0) return { ...place, text: text.slice(0, end), complete: true, tail, forced: "" };
    if (decoder.holdsTokens) {
      feed = [token];
      continue;
    }
    // Text that ends the field is left to be tokenised together with what follows.
    const rest = form.forcedText;
    const whole = findEnd(text + rest, step);
    if (whole >= 0) {
      return {
        ...place,
        text: (text + rest).slice(0, whole),
        complete: true,
        tail,
        forced: rest.slice(0, whole - text.length),
      };
    }
    const { sure, text: skipped } = form.force();
    for (const forced of sure) decoder.push(forced);
    written.push(...sure);
    text += skipped;
    feed = [token, ...sure];
  }
  return { ...place, text: text + decoder.flush(), complete: false, tail, forced: "" };
}

/** Where the field's text is over; -1 while it is not. */
function findEnd(text: string, { stop }: FieldStep): number {
  const index = text.indexOf(stop);
  return index < 0 ? -1 : index + stop.length;
}
