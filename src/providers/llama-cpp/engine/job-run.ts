import type { LlamaContextSequence, LlamaGrammarEvaluationState, Token } from "node-llama-cpp";
import type { EngineJob, FromEngine } from "../engine-messages.ts";
import type { GrammarCache } from "./grammar-cache.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { createSamplingOptions } from "./sampling-options.ts";

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

/**
 * Tokens sampled one after the other, after `feed` is evaluated. The token yielded last is not in the sequence's state
 * yet. Ends at the model's end-of-text token; throws the signal's reason between two decodes.
 */
export async function* sampleTokens(run: JobRun, options: SampleOptions): AsyncGenerator<Token, void, void> {
  const { temperature = run.job.sampling.temperature } = options;
  const sampling = { ...run.job.sampling, temperature };
  const tokens = run.sequence.evaluate([...options.feed], {
    ...createSamplingOptions({ sampling, draw: options.draw, written: options.written }),
    ...(options.grammar !== undefined && { grammarEvaluationState: options.grammar }),
    evaluationPriority: run.job.priority === "primary" ? 5 : 1,
  });
  let before: number | null = options.feed.length === 1 ? performance.now() : null;
  for await (const token of tokens) {
    run.onDecode(before === null ? null : performance.now() - before);
    run.signal.throwIfAborted();
    yield token;
    before = performance.now();
  }
}
