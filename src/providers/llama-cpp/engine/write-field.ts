import type { Token } from "node-llama-cpp";
import type { ConstraintStep } from "../../decoding-constraint.ts";
import { createFieldGrammar, FIELD_ROOT } from "./field-grammar.ts";
import type { TailToken } from "./forced-tokens.ts";
import { type JobRun, sampleTokens } from "./job-run.ts";
import { createTextDecoder } from "./text-decoder.ts";

export interface WrittenField {
  /** Up to and including `stop` when complete. */
  readonly text: string;
  readonly complete: boolean;
  /** The token sampled last, not evaluated yet; null when the model ended at once. */
  readonly tail: TailToken | null;
  /** Where in the sequence the field's first token stands. */
  readonly start: number;
  /** The token before it. */
  readonly boundaryToken: Token;
}

export async function writeField(
  run: JobRun,
  options: {
    readonly step: Extract<ConstraintStep, { kind: "field" }>;
    readonly feed: readonly Token[];
    readonly temperature: number;
    readonly draw: number;
    readonly maxTokens: number;
  },
): Promise<WrittenField> {
  const { step, feed } = options;
  const { model } = run.loaded;
  const start = run.sequence.nextTokenIndex + feed.length;
  const boundaryToken = feed.at(-1);
  if (boundaryToken === undefined) throw new Error("a field needs a token before it");
  const grammar = await run.grammars.start(model, { text: createFieldGrammar(step), root: FIELD_ROOT });
  const decoder = createTextDecoder(model, feed);
  const written: Token[] = [];
  let text = "";
  let tail: TailToken | null = null;
  let end = -1;
  const sampled = sampleTokens(run, { ...options, grammar, written: () => written });
  for await (const token of sampled) {
    written.push(token);
    const decoded = decoder.push(token);
    text += decoded;
    end = text.indexOf(step.stop);
    tail = { token, text: decoded, excess: end < 0 ? "" : text.slice(end + step.stop.length) };
    if (end >= 0 || written.length >= options.maxTokens) break;
  }
  if (end >= 0)
    return { text: text.slice(0, end + step.stop.length), complete: true, tail, start, boundaryToken };
  return { text: text + decoder.flush(), complete: false, tail, start, boundaryToken };
}
