import type { LlamaGrammarEvaluationState, SequenceEvaluateOptions, Token } from "node-llama-cpp";
import { PRIMARY_PRIORITY, SHADOW_PRIORITY } from "./batch-order.ts";
import type { JobRun } from "./job-run.ts";
import { createNativeSampler, openSequence, sortQueue } from "./native-parts.ts";
import { refuseRunawayGrammar } from "./runaway-grammar.ts";
import type { OrderedSample } from "./sample-ahead.ts";
import { mixSeed } from "./sampling-options.ts";

interface SamplingRules {
  readonly options: SequenceEvaluateOptions;
  readonly grammar: LlamaGrammarEvaluationState | undefined;
}

export interface TokenStepper {
  /** How the next tokens are picked. */
  use(rules: SamplingRules): void;
  /**
   * Evaluates `feed` and `guesses` in one decode and samples behind `feed`; where the sample is the first guess, also
   * behind that, and so on: the samples are those of one decode after the other. The last sample is not evaluated;
   * those before it are. Throws the signal's reason between two decodes.
   */
  step(feed: readonly Token[], guesses?: readonly Token[]): Promise<readonly Token[]>;
  dispose(): void;
}

/** A token this slow is worth a look at the grammar. */
const SLOW_TOKEN_MS = 200;

/** Decodes one sequence step by step, with several samples in a decode and less between two than the library's generator. */
export function createTokenStepper(
  run: JobRun,
  /** Sees each token while the logits it was sampled from are still there. */
  onSample?: (logitIndex: number, token: Token) => Promise<void>,
): TokenStepper {
  const sequence = openSequence(run.sequence);
  const { _context: context } = sequence;
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

  async function decode(feed: readonly Token[], guesses: readonly Token[]): Promise<Token[]> {
    const start = sequence._nextTokenIndex;
    const tokens = [...feed, ...guesses];
    const sampled: Token[] = [];
    let isSettled = false;
    let failure: unknown = null;
    let samplesLeft = guesses.length + 1;

    /** Between two decodes, when another sequence may copy this one's state: what is evaluated and stands. */
    function place(end: number): void {
      sequence._contextTokens.length = start;
      sequence._contextTokens.push(...tokens.slice(0, end - start));
      sequence._nextTokenIndex = end;
    }

    /** Behind the last sample: wrong guesses are taken out. */
    function placeWhole(): void {
      const end = start + feed.length + Math.max(0, sampled.length - 1);
      const isAllRight = end === start + tokens.length;
      if (!isAllRight) context._ctx.removeTokenCellsFromSequence(sequence._sequenceId, end, -1);
      place(end);
    }

    configure(start + feed.length);
    const ordered = run.loaded.samplesAhead.order(sequence._sequenceId, sampler);
    const decoding = context._decodeTokens(
      {
        sequenceId: sequence._sequenceId,
        tokens,
        logits: tokens.map((_, index) => index >= feed.length - 1),
        firstTokenSequenceIndex: start,
        evaluationPriority,
        tokenMeter: sequence._tokenMeter,
        afterBatchAction(lengthAndOne) {
          if (samplesLeft > 0) place(lengthAndOne - 1);
          // Else the next decode would begin without those whose answers sampled last, and go on out of step.
          return run.loaded.slots.busy > 1
            ? new Promise<void>((resolve) => setImmediate(resolve))
            : undefined;
        },
      },
      async (logitIndex) => {
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
        return null;
      },
    );
    sortQueue(run.loaded.context);
    try {
      await decoding;
    } finally {
      ordered.cancel();
    }
    if (failure !== null) throw failure;
    return sampled;
  }

  return {
    use(next) {
      rules = next;
      config = null;
    },
    async step(feed, guesses = []) {
      run.signal.throwIfAborted();
      const before = performance.now();
      const sampled = await decode(feed, guesses);
      const ms = performance.now() - before;
      const { clock, slots } = run.loaded;
      run.onStep({ decode: clock.take(), answers: slots.busy, sampled: sampled.length });
      if (ms > SLOW_TOKEN_MS) refuseRunawayGrammar(rules.grammar);
      run.signal.throwIfAborted();
      return sampled;
    },
    dispose: () => sampler.dispose(),
  };
}
