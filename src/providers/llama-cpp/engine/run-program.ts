import type { Token } from "node-llama-cpp";
import type { ConstraintStep } from "../../decoding-constraint.ts";
import type { ProgramSteps } from "../engine-messages.ts";
import { EngineError } from "./engine-error.ts";
import { createForcedTokens, type TailToken } from "./forced-tokens.ts";
import type { JobRun, RunResult } from "./job-run.ts";
import { createTokenGuesser, type TokenGuesser } from "./token-guesser.ts";
import { createTokenStepper, type TokenStepper } from "./token-stepper.ts";
import { type WrittenField, writeField } from "./write-field.ts";

type FieldStep = Extract<ConstraintStep, { kind: "field" }>;

/** Greedy decoding would write the same text again: a retry is sampled at least this hot. */
const RETRY_TEMPERATURE = 0.7;

/** Asks the parent process what comes next; null before the first step. */
export type AskProgram = (field: { text: string; complete: boolean } | null) => Promise<ProgramSteps>;

interface ProgramState {
  readonly stepper: TokenStepper;
  readonly guesser: TokenGuesser;
  /** How much of the sequence the guesser has learned: what stands, and is never taken back. */
  learned: number;
  /** Tokens that must be evaluated before the next sample. */
  feed: readonly Token[];
  /** Text that must be evaluated after them, not tokenised yet. */
  forced: string;
  /** The accepted field's last token, not evaluated yet: it comes before `forced`. */
  tail: TailToken | null;
  /** The field that the program may still retry or replace. */
  last: { readonly step: FieldStep; readonly field: WrittenField } | null;
  /** Counts samples, so that each is drawn afresh. */
  draw: number;
}

/**
 * Decodes under a constraint program: its texts are evaluated without sampling, its fields are written under their
 * grammars. A field's text is shown only once the program has moved on, so shown text is never taken back.
 */
export async function runProgram(run: JobRun, ask: AskProgram): Promise<RunResult> {
  const stepper = createTokenStepper(run);
  const state: ProgramState = {
    stepper,
    guesser: createTokenGuesser(run),
    learned: run.promptTokens.length,
    feed: run.remainder,
    forced: "",
    tail: null,
    last: null,
    draw: 0,
  };
  try {
    let steps = await ask(null);
    for (;;) {
      for (const step of steps) {
        const end = await takeStep(run, state, step);
        if (end !== null) return { finishReason: end, completionTokens: countTokens(run, state) };
      }
      if (state.last === null) throw createProgramError("ended a turn without a field");
      steps = await ask({ text: state.last.field.text, complete: state.last.field.complete });
    }
  } finally {
    stepper.dispose();
  }
}

async function takeStep(
  run: JobRun,
  state: ProgramState,
  step: ConstraintStep,
): Promise<RunResult["finishReason"] | null> {
  const { temperature } = run.job.sampling;
  switch (step.kind) {
    case "text":
      return acceptField(run, state) ?? addText(run, state, step.text);
    case "replace":
      await takeBack(run, state, { keepsLogits: false });
      return addText(run, state, step.text);
    case "retry": {
      const last = await takeBack(run, state, { keepsLogits: true });
      const again = { ...last, grammar: step.grammar ?? last.grammar };
      return await write(run, state, { step: again, temperature: Math.max(temperature, RETRY_TEMPERATURE) });
    }
    case "field":
      return acceptField(run, state) ?? (await write(run, state, { step, temperature }));
    case "done": {
      const end = acceptField(run, state);
      state.guesser.learn([...listUnlearned(run, state), ...listWaiting(run, state)]);
      return end ?? "stop";
    }
  }
}

/** The program moved on: the field stands, its last token waits to be evaluated with what follows. */
function acceptField(run: JobRun, state: ProgramState): "length" | null {
  if (state.last === null) return null;
  const { text, tail, forced, complete } = state.last.field;
  show(run, text.slice(0, text.length - forced.length));
  Object.assign(state, { tail, forced: "", last: null });
  const end = addText(run, state, forced);
  const isCut = !complete && countTokens(run, state) >= run.maxTokens;
  return isCut ? "length" : end;
}

/** "length" when the token cap leaves room for a part of the text only, or for none. */
function addText(run: JobRun, state: ProgramState, text: string): "length" | null {
  const before = state.forced;
  const fits = (length: number): boolean => {
    state.forced = before + text.slice(0, length);
    return countTokens(run, state) <= run.maxTokens;
  };
  const isWhole = fits(text.length);
  const length = isWhole ? text.length : findLongest(text.length, fits);
  fits(length);
  show(run, text.slice(0, length));
  return isWhole ? null : "length";
}

/** The largest number below `most` that fits, or 0. */
function findLongest(most: number, fits: (length: number) => boolean): number {
  let low = 0;
  let high = most - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Erases the last field; with `keepsLogits` the token before it is evaluated again, to sample from. */
async function takeBack(
  run: JobRun,
  state: ProgramState,
  options: { readonly keepsLogits: boolean },
): Promise<FieldStep> {
  if (state.last === null) throw createProgramError("retried or replaced without a field");
  const { step, field } = state.last;
  const start = options.keepsLogits ? field.start - 1 : field.start;
  await run.sequence.eraseContextTokenRanges([{ start, end: run.sequence.nextTokenIndex }]);
  state.feed = options.keepsLogits ? [field.boundaryToken] : [];
  state.last = null;
  return step;
}

/** "length" when the token cap leaves no room for the field. */
async function write(
  run: JobRun,
  state: ProgramState,
  options: { readonly step: FieldStep; readonly temperature: number },
): Promise<"length" | null> {
  const { step } = options;
  if (!state.forced.startsWith(state.tail?.excess ?? ""))
    throw createProgramError("did not continue with `after`");
  const feed = listWaiting(run, state);
  const stands = listUnlearned(run, state);
  state.guesser.learn(stands);
  state.learned += stands.length;
  const room = run.promptTokens.length + run.maxTokens - run.sequence.nextTokenIndex - feed.length;
  if (room <= 0) return "length";
  const maxTokens = Math.min(step.maxTokens, room);
  const field = await writeField(run, {
    ...options,
    stepper: state.stepper,
    guesser: state.guesser,
    feed,
    behind: feed.slice(Math.max(0, state.learned - run.sequence.nextTokenIndex)),
    draw: state.draw,
    maxTokens,
    answerRoom: room,
  });
  Object.assign(state, { feed: [], forced: "", tail: null, last: { step, field }, draw: state.draw + 1 });
  return null;
}

function show(run: JobRun, text: string): void {
  if (text !== "") run.send({ type: "text", jobId: run.job.jobId, text });
}

/** What must be evaluated next. */
function listWaiting(run: JobRun, state: ProgramState): Token[] {
  return [...state.feed, ...createForcedTokens(run.loaded.model, state.tail, state.forced)];
}

/** What was evaluated since the guesser learned last. Not to be asked while a field may be taken back. */
function listUnlearned(run: JobRun, state: ProgramState): Token[] {
  return run.sequence.contextTokens.slice(state.learned);
}

function countTokens(run: JobRun, state: ProgramState): number {
  return run.sequence.nextTokenIndex + listWaiting(run, state).length - run.promptTokens.length;
}

function createProgramError(what: string): EngineError {
  return new EngineError({ kind: "upstream_error", message: `The decoding constraint ${what}.` });
}
