import type { TokenLogprob } from "../../protocol/chat-logprobs.ts";
import type { ConstraintStep } from "../decoding-constraint.ts";
import type { CallPriority } from "../provider.ts";
import type { ProviderErrorKind } from "../provider-error.ts";

/** How the states of an input's tokens become one vector. */
export type Pooling = "mean" | "cls" | "last";

/** A model file as the engine process needs it. */
export interface EngineModel {
  readonly name: string;
  /** Absolute path of the GGUF file. */
  readonly path: string;
  readonly version: string;
  /** Absolute path of a LoRA GGUF, or null. */
  readonly adapterPath: string | null;
  /** Tokens a sequence may hold; null = what the model was trained for (up to the engine's limit). */
  readonly contextLength: number | null;
  /** A file that is used both ways is loaded once for each; its weights are shared. */
  readonly use: "text" | "embeddings";
  /** Instead of the file's own; null = as the file says. */
  readonly pooling: Pooling | null;
}

export interface EngineSettings {
  /** "auto" tries the machine's accelerator and falls back to the CPU. */
  readonly gpu: "auto" | "cuda" | "vulkan" | "metal" | false;
  /** Fixed thread count, or null to measure. */
  readonly threads: number | null;
  /** Null = what is faster on this machine. */
  readonly flashAttention: boolean | null;
  /** Answers decoded at the same time by one model; null = as many as cores and memory are good for. */
  readonly sequences: number | null;
  readonly maxContextLength: number;
  readonly maxLoadedModels: number;
  /** Most memory that models and their contexts may take; null = most of what is free when the engine starts. */
  readonly memoryBudgetBytes: number | null;
  /** File that remembers measured thread counts, or null to measure each time. */
  readonly calibrationFile: string | null;
  /** Folder for copies of weights in the form that decodes fastest here, or null to take files as they are. */
  readonly weightsFolder: string | null;
  /** Text that a grammar leaves no choice about is put in place instead of being sampled. */
  readonly jumpsForward: boolean;
}

export interface SamplingSettings {
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  /** The caller named the seed, and counts on the same answer to it. */
  readonly isRepeatable: boolean;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Only this many of the likeliest tokens are drawn from; null = the whole vocabulary. */
  readonly topK: number | null;
  /** Added to the tokens' logits before anything else. */
  readonly logitBias: readonly { readonly token: number; readonly bias: number }[];
}

export interface EngineChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export type DecodingMode =
  | { readonly kind: "free" }
  /**
   * `root` is the start rule. The answer is over with the first JSON value it closes, unless it is `openEnded`: then
   * only the model's end of text ends it.
   */
  | { readonly kind: "grammar"; readonly grammar: string; readonly openEnded?: boolean }
  /** The parent process runs a constraint program and answers each `field` with the next steps. */
  | { readonly kind: "program" };

export interface EngineJob {
  readonly jobId: number;
  readonly model: EngineModel;
  readonly messages: readonly EngineChatMessage[];
  readonly sampling: SamplingSettings;
  readonly stop: readonly string[];
  /** Once the answer holds this text, stop texts no longer count. */
  readonly stopsBefore?: string;
  /** How many of the likeliest tokens to tell at each place; null = no log probabilities at all. */
  readonly topLogprobs: number | null;
  /** The caller's cap, or null for the engine's own. */
  readonly maxTokens: number | null;
  readonly mode: DecodingMode;
  /** False when nobody reads along: the answer's texts need not be told one by one. */
  readonly isStreamed: boolean;
  /** Shadow work yields when a batch is too small for all. */
  readonly priority: CallPriority;
}

/** Turns each input into a vector of length 1. */
export interface EmbeddingJob {
  readonly jobId: number;
  readonly model: EngineModel;
  readonly inputs: readonly {
    /** A text, or the ids of its tokens. */
    readonly value: string | readonly number[];
    /** What errors call it by. */
    readonly param: string;
  }[];
  readonly priority: CallPriority;
}

/** What one round trip carries: forced texts up to the next field or the end; `retry` stands alone. */
export type ProgramSteps = readonly ConstraintStep[];

export type ToEngine =
  | { readonly type: "start"; readonly settings: EngineSettings }
  | { readonly type: "load"; readonly model: EngineModel }
  | { readonly type: "generate"; readonly job: EngineJob }
  | { readonly type: "embed"; readonly job: EmbeddingJob }
  | { readonly type: "steps"; readonly jobId: number; readonly steps: ProgramSteps }
  | { readonly type: "abort"; readonly jobId: number };

export interface JobError {
  readonly kind: ProviderErrorKind;
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly retryAfterMs?: number;
}

/**
 * In order. Texts are collected: decoding several answers costs one message an event-loop turn, not one each. Any other
 * message goes at once, behind the texts that waited.
 */
export type EngineMail = readonly FromEngine[];

export type FromEngine =
  | { readonly type: "started"; readonly gpu: string }
  | { readonly type: "start-failed"; readonly reason: string }
  | { readonly type: "loading"; readonly model: EngineModel; readonly percent: number }
  | { readonly type: "loaded"; readonly model: EngineModel; readonly details: LoadedModelDetails }
  | { readonly type: "load-failed"; readonly model: EngineModel; readonly reason: string }
  | { readonly type: "unloaded"; readonly model: EngineModel }
  /** The prompt is accepted; decoding begins. */
  | {
      readonly type: "begun";
      readonly jobId: number;
      readonly promptTokens: number;
      readonly cachedTokens: number;
    }
  | {
      readonly type: "text";
      readonly jobId: number;
      readonly text: string;
      /** Of the tokens that end in this text; left out when nobody asked. */
      readonly logprobs?: readonly TokenLogprob[];
    }
  /** A program's field is over (null: the program has not started); the engine waits for `steps`. */
  | {
      readonly type: "field";
      readonly jobId: number;
      readonly field: { text: string; complete: boolean } | null;
    }
  /** An input's vector; `finished` comes behind the last one. */
  | {
      readonly type: "vector";
      readonly jobId: number;
      readonly index: number;
      readonly vector: Float32Array;
      readonly promptTokens: number;
    }
  | {
      readonly type: "finished";
      readonly jobId: number;
      readonly finishReason: "stop" | "length";
      /** A stop text cut the answer. */
      readonly isStopped?: boolean;
      readonly completionTokens: number;
    }
  | { readonly type: "failed"; readonly jobId: number; readonly error: JobError }
  | ({ readonly type: "pulse" } & EnginePulse);

/** Told every second. */
export interface EnginePulse {
  /** Only grows while the engine makes progress. */
  readonly decodes: number;
  /** Running mean over decodes; null before the first one. */
  readonly msPerToken: number | null;
  /** Tokens sampled in the last second, all answers together. */
  readonly tokensPerSecond: number;
  /** Memory of the engine process, mapped model files included. */
  readonly rssBytes: number;
  readonly memoryBudgetBytes: number;
  readonly prefixes: PrefixNumbers;
}

/** Stored beginnings of prompts, of all models together. */
export interface PrefixNumbers {
  readonly entries: number;
  readonly bytes: number;
  /** Prompts that began from a stored state, and their tokens that were not evaluated for it. */
  readonly hits: number;
  readonly hitTokens: number;
}

export interface LoadedModelDetails {
  readonly threads: number;
  readonly contextLength: number;
  readonly sequences: number;
  readonly loadMs: number;
  /** The model's weights; models with the same file share them. */
  readonly weightBytes: number;
  /** The sequences' states and the decoder's working space, as planned. */
  readonly contextBytes: number;
  /** Entries of the table of n-grams that lies beside the model; null without one. */
  readonly ngrams: number | null;
}
