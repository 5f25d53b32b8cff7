import type { LlamaContextSequence, Token } from "node-llama-cpp";
import type { EngineJob, FromEngine } from "../engine-messages.ts";
import type { TimedDecode } from "./decode-clock.ts";
import type { GrammarCache } from "./grammar-cache.ts";
import type { LoadedModel } from "./loaded-model.ts";
import type { TokenMemory } from "./token-memory.ts";

/** A step of an answer, as far as it tells how fast the machine is. */
export interface SampledStep {
  /** The decode behind it; null when another answer's step told of it already. */
  readonly decode: TimedDecode | null;
  /** How many answers were being written. */
  readonly answers: number;
  readonly sampled: number;
}

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
  /** Grammars are followed to know what they leave no choice about, be it only that the answer is over. */
  readonly followsGrammar: boolean;
  /** Such text is not sampled. */
  readonly jumpsForward: boolean;
  /** What followed what in this model's earlier answers. */
  readonly memory: TokenMemory;
  readonly send: (message: FromEngine) => void;
  /** Called for each step that sampled tokens. */
  readonly onStep: (step: SampledStep) => void;
}

export interface RunResult {
  readonly finishReason: "stop" | "length";
  /** A stop text cut the answer. */
  readonly isStopped?: boolean;
  readonly completionTokens: number;
}
