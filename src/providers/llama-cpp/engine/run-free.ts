import type { Token } from "node-llama-cpp";
import { type AnswerText, createAnswerText } from "./answer-text.ts";
import { type AnswerForm, createGrammarForm, FREE_FORM } from "./grammar-form.ts";
import { NOTHING_FORCED } from "./grammar-jump.ts";
import type { JobRun, RunResult } from "./job-run.ts";
import { createLogprobRecorder } from "./logprob-recorder.ts";
import { createSamplingOptions } from "./sampling-options.ts";
import { createTokenGuesser } from "./token-guesser.ts";
import { createTokenStepper } from "./token-stepper.ts";

type End = RunResult["finishReason"];

/** Decodes until the model ends, a stop text comes, the grammar's text is whole, or the token cap is reached. */
export async function runFree(run: JobRun): Promise<RunResult> {
  const { mode, sampling } = run.job;
  const form =
    mode.kind === "grammar" ? await createGrammarForm(run, { text: mode.grammar, root: "root" }) : FREE_FORM;
  const recorder = createLogprobRecorder(run);
  const answer = createAnswerText(run, recorder);
  const stepper = createTokenStepper(run, recorder?.observe);
  stepper.use({
    options: createSamplingOptions({
      model: run.loaded.model,
      sampling,
      draw: 0,
      written: () => answer.written,
    }),
    grammar: form.grammar,
  });
  const guesser = createTokenGuesser(run);
  const place = { form, isDrawn: sampling.temperature > 0 };
  const isPlain = form === FREE_FORM && recorder === null && isLedByTokens(run.job);
  /** Of a plain answer: their text is made while the next token is being decoded. */
  let untold: readonly Token[] = [];
  const tell = (): void => {
    for (const token of untold) answer.take(token);
    untold = [];
  };
  try {
    let feed: readonly Token[] = run.remainder;
    let end: End | null = null;
    while (end === null) {
      // Within a character nothing is known about the text to come.
      const { sure, guesses } = answer.isInCharacter ? NOTHING_FORCED : form.force();
      end = takeForced(run, { answer, form, tokens: sure });
      if (end !== null) break;
      guesser.learn(sure);
      const guessed = guesser.guess(guesses, place).slice(
        0,
        measureRoom(run, {
          written: answer.written.length + untold.length,
          used: feed.length + sure.length,
        }),
      );
      const sampled = await stepper.step(await join(run, feed, { sure, guessed }), {
        guesses: guessed,
        meanwhile: tell,
      });
      guesser.learn(sampled);
      if (isPlain)
        ({ tokens: untold, end } = cutAtEnd(run, { written: answer.written.length, tokens: sampled }));
      else end = takeSampled(run, { answer, form, tokens: sampled });
      feed = sampled.slice(-1);
    }
    tell();
    answer.finish();
    return { finishReason: end, completionTokens: answer.written.length, isStopped: answer.isStopped };
  } finally {
    stepper.dispose();
    recorder?.dispose();
  }
}

/** Neither its text nor what was written so far decides how the answer goes on. */
function isLedByTokens({ stop, sampling }: JobRun["job"]): boolean {
  return stop.length === 0 && sampling.presencePenalty === 0 && sampling.frequencyPenalty === 0;
}

/** Guesses that can still count (the last token written is not evaluated) and that a batch has room for. */
function measureRoom(
  run: JobRun,
  { written, used }: { readonly written: number; readonly used: number },
): number {
  const left = run.maxTokens - written - 1;
  return Math.max(0, Math.min(left, run.loaded.context.batchSize - 1 - used));
}

/**
 * What is evaluated in one go. A full batch is calculated in another order than a smaller one, with other last digits:
 * a prompt's end is not filled up to make one, so that the answer is the same as without jumping.
 */
async function join(
  run: JobRun,
  feed: readonly Token[],
  next: { readonly sure: readonly Token[]; readonly guessed: readonly Token[] },
): Promise<readonly Token[]> {
  const { sure, guessed } = next;
  const together = [...feed, ...sure];
  if (sure.length === 0 || together.length + guessed.length < run.loaded.context.batchSize) return together;
  await run.sequence.evaluateWithoutGeneratingNewTokens([...feed]);
  return sure;
}

interface Taken {
  readonly answer: AnswerText;
  readonly form: AnswerForm;
  readonly tokens: readonly Token[];
}

/** The form stands behind all of `tokens` already. */
function takeForced(run: JobRun, { answer, form, tokens }: Taken): End | null {
  for (const [index, token] of tokens.entries()) {
    answer.take(token);
    if (answer.isStopped || (index === tokens.length - 1 && form.isOver)) return "stop";
    if (answer.written.length >= run.maxTokens) return "length";
  }
  return null;
}

/** Those of the sampled tokens that belong to the answer, and how it ends behind them. */
function cutAtEnd(
  run: JobRun,
  { written, tokens }: { readonly written: number; readonly tokens: readonly Token[] },
): { readonly tokens: readonly Token[]; readonly end: End | null } {
  const last = tokens.findIndex((token) => run.loaded.model.isEogToken(token));
  const text = last < 0 ? tokens : tokens.slice(0, last);
  const room = run.maxTokens - written;
  if (text.length >= room) return { tokens: text.slice(0, room), end: "length" };
  return { tokens: text, end: last < 0 ? null : "stop" };
}

function takeSampled(run: JobRun, { answer, form, tokens }: Taken): End | null {
  for (const token of tokens) {
    if (run.loaded.model.isEogToken(token)) return "stop";
    form.advance(answer.take(token));
    if (answer.isStopped || form.isOver) return "stop";
    if (answer.written.length >= run.maxTokens) return "length";
  }
  return null;
}
