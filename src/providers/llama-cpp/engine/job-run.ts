import type { LlamaContextSequence, LlamaGrammarEvaluationState, Token } from "node-llama-cpp";
import type { EngineJob, FromEngine } from "../engine-messages.ts";
import { PRIMARY_PRIORITY, SHADOW_PRIORITY } from "./batch-order.ts";
import type { GrammarCache } from "./grammar-cache.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { refuseRunawayGrammar } from "./runaway-grammar.ts";
import { createSamplingOptions } from "./sampling-options.ts";
import type { TokenMemory } from "./token-memory.ts";

/** What one answer's decoding works on, after its prompt is in place. */
export interface JobRun {
  readonly job: EngineJob;
  readonly loaded: LoadedModel;
  readonly sequence: LlamaContextSequence;
  readonly grammars: GrammarCache;
  readonly signal: AbortSignal;
  readonly promptTokens: readonly Token[];
  /** End of the prompt that is not evaluated yet; never empty. */
  readonly remainder: readonly Token[];
  /** Most tokens the answer may have. */
  readonly maxTokens: number;
  /** Text that a grammar leaves no choice about is not sampled. */
  readonly jumpsForward: boolean;
  /** What followed what in this model's earlier answers. */
  readonly memory: TokenMemory;
  readonly send: (message: FromEngine) => void;
  /** Called for each decode that sampled a token; the time is null when the decode held more than that token. */
  readonly onDecode: (ms: number | null) => void;
}

export interface RunResult {
  readonly finishReason: "stop" | "length";
  readonly completionTokens: number;
}

export interface SampleOptions {
  readonly feed: readonly Token[];
  readonly grammar: LlamaGrammarEvaluationState | undefined;
  readonly temperature?: number;
  readonly draw: number;
  readonly written: () => readonly Token[];
}

/** A token this slow is worth a look at the grammar. */
const SLOW_TOKEN_MS = 200;

/**
 * Tokens sampled one after the other, after `feed` is evaluated. The token yielded last is not in the sequence's state
 * yet. Ends at the model's end-of-text token; throws the signal's reason between two decodes.
 */
export async function* sampleTokens(run: JobRun, options: SampleOptions): AsyncGenerator<Token, void, void> {
  const { temperature = run.job.sampling.temperature } = options;
  const sampling = { ...run.job.sampling, temperature };
  const tokens = run.sequence.evaluate([...options.feed], {
    ...createSamplingOptions({
      model: run.loaded.model,
      sampling,
      draw: options.draw,
      written: options.written,
    }),
    ...(options.grammar !== undefined && { grammarEvaluationState: options.grammar }),
    evaluationPriority: run.job.priority === "primary" ? PRIMARY_PRIORITY : SHADOW_PRIORITY,
  });
  let isFirst = true;
  let before = performance.now();
  for await (const token of tokens) {
    const ms = performance.now() - before;
    run.onDecode(isFirst && options.feed.length > 1 ? null : ms);
    isFirst = false;
    if (ms > SLOW_TOKEN_MS) refuseRunawayGrammar(options.grammar);
    run.signal.throwIfAborted();
    yield token;
    before = performance.now();
  }
}
