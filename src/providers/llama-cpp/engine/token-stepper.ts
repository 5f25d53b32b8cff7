import type { LlamaGrammarEvaluationState, SequenceEvaluateOptions, Token } from "node-llama-cpp";
import { PRIMARY_PRIORITY, SHADOW_PRIORITY } from "./batch-order.ts";
import type { JobRun } from "./job-run.ts";
import { createNativeSampler, decodeBatch, openSequence, sortQueue } from "./native-parts.ts";
import { refuseRunawayGrammar } from "./runaway-grammar.ts";
import type { OrderedSample } from "./sample-ahead.ts";
import { mixSeed } from "./sampling-options.ts";

interface SamplingRules {
  readonly options: SequenceEvaluateOptions;
  readonly grammar: LlamaGrammarEvaluationState | undefined;
}

interface StepOptions {
  readonly guesses?: readonly Token[];
  /** Called while the step is being decoded: for work that need not come between two decodes. */
  readonly meanwhile?: () => void;
}

export interface TokenStepper {
  /** How the next tokens are picked. */
  use(rules: SamplingRules): void;
  /**
   * Evaluates `feed` and `guesses` in one decode and samples behind `feed`; where the sample is the first guess, also
   * behind that, and so on: the samples are those of one decode after the other. The last sample is not evaluated;
   * those before it are. Throws the signal's reason between two decodes.
   */
  step(feed: readonly Token[], options?: StepOptions): Promise<readonly Token[]>;
  dispose(): void;
}

/** A token this slow is worth a look at the grammar. */
const SLOW_TOKEN_MS = 200;

/** What one decode evaluates, and what has been sampled behind it. */
interface Pass {
  readonly tokens: readonly Token[];
  /** Places in `tokens` that are sampled from. */
  readonly logitPlaces: readonly number[];
  /** Where in the sequence the first token stands. */
  readonly start: number;
  /** Throws what went wrong with one of the samples. */
  readonly sampled: readonly Token[];
  /** Places that are not sampled from yet. */
  readonly samplesLeft: number;
  /** Samples from the next place, where that is still of use. What fails is kept: `sampled` throws it. */
  sampleFrom(logitIndex: number): Promise<void>;
  /** Between two decodes, when another sequence may copy this one's state: what is evaluated and stands. */
  place(end: number): void;
  /** The sample that was ordered before the decode is no longer wanted. */
  cancel(): void;
}

/** Decodes one sequence step by step, with several samples in a decode and less between two than the library's generator. */
export function createTokenStepper(
  run: JobRun,
  /** Sees each token while the logits it was sampled from are still there. */
  onSample?: (logitIndex: number, token: Token) => Promise<void>,
): TokenStepper {
  const sequence = openSequence(run.sequence);
  const { _context: context, _sequenceId: sequenceId } = sequence;
  const { slots, clock } = run.loaded;
  const sampler = createNativeSampler(run.loaded.model);
  const evaluationPriority = run.job.priority === "primary" ? PRIMARY_PRIORITY : SHADOW_PRIORITY;
  let rules: SamplingRules = { options: {}, grammar: undefined };
  let config: object | null = null;

  /**
   * Each place has a draw of its own, whatever was drawn before it: what was forced, guessed or sampled on the way
   * makes no difference to what is sampled here.
   */
  function configure(place: number): void {
    const { options, grammar } = rules;
    const { repeatPenalty, seed = 0, temperature } = options;
    const isDrawn = temperature !== undefined && temperature > 0;
    // Penalties change with every token; all else but the seed stays.
    if (config !== null && repeatPenalty === undefined && !isDrawn) return;
    if (config === null || repeatPenalty !== undefined) {
      const resolved = { ...options, ...(grammar && { grammarEvaluationState: grammar }) };
      config = sequence._resolveSamplerConfig(resolved);
    }
    sampler.applyConfig({ ...config, seed: mixSeed(seed, place) });
  }

  async function sample(logitIndex: number, place: number, ordered: OrderedSample): Promise<Token> {
    let sampling = ordered.take(logitIndex);
    if (sampling === null) {
      configure(place);
      sampling = context._ctx.sampleToken(logitIndex, sampler);
    }
    const token = await sampling;
    if (token === -1) throw new Error("no token could be sampled");
    await onSample?.(logitIndex, token);
    return token;
  }

  function begin(feed: readonly Token[], guesses: readonly Token[]): Pass {
    const start = sequence._nextTokenIndex;
    const tokens = [...feed, ...guesses];
    const sampled: Token[] = [];
    const logitPlaces = Array.from({ length: guesses.length + 1 }, (_, index) => feed.length - 1 + index);
    let samplesLeft = logitPlaces.length;
    let isSettled = false;
    let failure: unknown = null;

    function place(end: number): void {
      sequence._contextTokens.length = start;
      sequence._contextTokens.push(...tokens.slice(0, end - start));
      sequence._nextTokenIndex = end;
    }

    /** Behind the last sample: wrong guesses are taken out. */
    function placeWhole(): void {
      const end = start + feed.length + Math.max(0, sampled.length - 1);
      const isAllRight = end === start + tokens.length;
      if (!isAllRight) context._ctx.removeTokenCellsFromSequence(sequenceId, end, -1);
      place(end);
    }

    configure(start + feed.length);
    const ordered = run.loaded.samplesAhead.order(sequenceId, sampler);
    return {
      tokens,
      logitPlaces,
      start,
      get sampled() {
        if (failure !== null) throw failure;
        return sampled;
      },
      get samplesLeft() {
        return samplesLeft;
      },
      async sampleFrom(logitIndex) {
        try {
          if (!isSettled) {
            const token = await sample(logitIndex, start + feed.length + sampled.length, ordered);
            isSettled = guesses[sampled.length] !== token;
            sampled.push(token);
          }
        } catch (error) {
          // Thrown here it would end the process: the library waits for it outside of any caller's promise.
          failure = error;
          isSettled = true;
        }
        if (--samplesLeft === 0) placeWhole();
      },
      place,
      cancel: () => ordered.cancel(),
    };
  }

  /** By the library's queue, together with what other answers have in it. */
  async function decodeQueued(pass: Pass, meanwhile: () => void): Promise<void> {
    const decoding = context._decodeTokens(
      {
        sequenceId,
        tokens: pass.tokens,
        logits: pass.tokens.map((_, index) => index >= (pass.logitPlaces[0] ?? 0)),
        firstTokenSequenceIndex: pass.start,
        evaluationPriority,
        tokenMeter: sequence._tokenMeter,
        afterBatchAction(lengthAndOne) {
          if (pass.samplesLeft > 0) pass.place(lengthAndOne - 1);
          // Else the next decode would begin without those whose answers sampled last, and go on out of step.
          return slots.busy > 1 ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined;
        },
      },
      async (logitIndex) => {
        await pass.sampleFrom(logitIndex);
        return null;
      },
    );
    sortQueue(run.loaded.context);
    try {
      meanwhile();
    } finally {
      await decoding;
    }
  }

  /** Past the queue: what the library does for it between two decodes takes a fifth of a millisecond. */
  async function decodeAlone(pass: Pass, meanwhile: () => void): Promise<void> {
    const { tokens, logitPlaces, start } = pass;
    const { _ctx: native } = context;
    native.initBatch(tokens.length);
    const places = Uint32Array.from(logitPlaces);
    const logitIndexes = native.addToBatch(sequenceId, start, Uint32Array.from(tokens), places);
    await decodeBatch(run.loaded.context, meanwhile);
    for (const logitIndex of logitIndexes) await pass.sampleFrom(logitIndex);
  }

  const fitsOneBatch = (pass: Pass): boolean => pass.tokens.length <= run.loaded.context.batchSize;

  return {
    use(next) {
      rules = next;
      config = null;
    },
    async step(feed, { guesses = [], meanwhile = () => {} } = {}) {
      run.signal.throwIfAborted();
      const before = performance.now();
      const pass = begin(feed, guesses);
      try {
        if (slots.busy === 1 && slots.gate.isOpen && fitsOneBatch(pass)) {
          await slots.gate.decodeAlone(() => decodeAlone(pass, meanwhile));
        } else {
          await decodeQueued(pass, meanwhile);
        }
      } finally {
        pass.cancel();
      }
      const { sampled } = pass;
      const ms = performance.now() - before;
      run.onStep({ decode: clock.take(), answers: slots.busy, sampled: sampled.length });
      if (ms > SLOW_TOKEN_MS) refuseRunawayGrammar(rules.grammar);
      run.signal.throwIfAborted();
      return sampled;
    },
    dispose: () => sampler.dispose(),
  };
}
